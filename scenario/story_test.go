package scenario

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// patience of a story as a whole. Its single waits are shorter and say what they wait for.
const patience = 8 * time.Minute

// story is one test with a namespace of its own in a cluster.
type story struct {
	*testing.T
	*cluster
	ctx       context.Context
	namespace string
	started   time.Time
	number    int
	doing     string
}

// begin makes the story's namespace and registers its removal, and what a failure shows.
func begin(t *testing.T, c *cluster) *story {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	s := &story{T: t, cluster: c, ctx: ctx, started: time.Now()}
	t.Cleanup(cancel)
	name := strings.ToLower(strings.NewReplacer("Test", "", "/", "-", "_", "-").Replace(t.Name()))
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: name + "-"}}
	made, err := c.kube.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("making a namespace: %v", err)
	}
	s.namespace = made.Name
	t.Cleanup(s.close)
	return s
}

func (s *story) close() {
	if s.Failed() {
		s.Log(s.diagnostics())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.kube.CoreV1().Namespaces().Delete(ctx, s.namespace, metav1.DeleteOptions{}); err != nil {
		s.Logf("deleting namespace %s: %v (its cluster is deleted later)", s.namespace, err)
	}
}

// step names what is done next; a failure after it says so.
func (s *story) step(text string, values ...any) {
	s.Helper()
	s.number++
	s.doing = fmt.Sprintf("%d. %s", s.number, fmt.Sprintf(text, values...))
	s.Logf("%5.1fs  %s", time.Since(s.started).Seconds(), s.doing)
}

// need ends the story with a failure if there is an error.
func (s *story) need(err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("step %s: %v", s.doing, err)
	}
}

// fail ends the story with a failure.
func (s *story) fail(text string, values ...any) {
	s.Helper()
	s.Fatalf("step %s: %s", s.doing, fmt.Sprintf(text, values...))
}

// until polls look until it is done, and ends the story with what it saw last when time is up.
func (s *story) until(what string, limit time.Duration, look func() (done bool, seen string)) {
	s.Helper()
	if seen, ok := poll(s.ctx, limit, look); !ok {
		s.fail("waited %s for %s; last seen: %s", limit, what, seen)
	}
}

func poll(ctx context.Context, limit time.Duration, look func() (bool, string)) (string, bool) {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		done, seen := look()
		if done {
			return seen, true
		}
		select {
		case <-ctx.Done():
			return seen + " (the story's time is up)", false
		case <-deadline.C:
			return seen, false
		case <-time.After(500 * time.Millisecond):
		}
	}
}
