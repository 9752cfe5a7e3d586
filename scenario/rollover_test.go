package scenario

import (
	"io"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/remotecommand"

	"lotse.dev/api/v1alpha1"
)

// TestRollover: while a cluster's API server is replaced because its certificate is renewed, nothing that is started fails: requests, exec,
// logs, metrics, and creations that a webhook of the customer's admits. What ran before ends with the old API server. The story runs alone,
// because it would end the streams of others.
func TestRollover(t *testing.T) {
	f := takeFixture(t)
	t.Cleanup(func() { f.leave(t, true) })
	c, err := lotse.connect(t.Context(), f.alpha.group, f.alpha.name) // a client without the fixture's short timeout
	if err != nil {
		t.Fatal(err)
	}
	s := begin(t, c)

	s.step("a webhook admits what is created in a namespace, and Pods run on both nodes")
	s.webhook()
	pods, err := f.alpha.workloadPods(s.ctx)
	s.need(err)
	load := newRollingLoad(s.ctx, map[string]attempt{
		"a request":                   {every: 50 * time.Millisecond, do: s.freshRequest},
		"exec":                        {every: 100 * time.Millisecond, do: s.execIn(pods[0])},
		"exec on another node":        {every: 100 * time.Millisecond, do: s.execIn(pods[1])},
		"logs":                        {every: 100 * time.Millisecond, do: s.logsOf(pods[0])},
		"metrics":                     {every: 100 * time.Millisecond, do: s.metricsOfNodes},
		"a creation that is admitted": {every: 100 * time.Millisecond, do: s.createAdmitted},
	})
	s.until("all of it to work", time.Minute, load.works)

	s.step("an exec runs that has no end of its own")
	ended := make(chan error, 1)
	go func() {
		ended <- s.cluster.stream(s.ctx, pods[0].Namespace, pods[0].Name, remotecommand.StreamOptions{Stdout: io.Discard}, "/bin/busybox", "sleep", "3600")
	}()

	s.step("the API server is replaced while all of it goes on")
	load.start()
	time.Sleep(time.Second)
	began := time.Now()
	f.renew(s, f.alpha)
	s.Logf("the API server was replaced in %.1f s", time.Since(began).Seconds())
	time.Sleep(3 * time.Second)
	for _, failure := range load.stop() {
		s.Error(failure)
	}
	for _, line := range load.report() {
		s.Log(line)
	}

	s.step("the exec that ran has ended with the old one")
	select {
	case err := <-ended:
		s.Logf("it ended by: %v", err)
	case <-time.After(30 * time.Second):
		s.fail("it has not ended")
	}
}

// renew the certificate of a cluster's API server, and wait until a new Pod has taken the old one's place.
func (f *fixture) renew(s *story, of *subject) {
	s.Helper()
	namespace := v1alpha1.ControlPlaneNamespace(of.object)
	before := f.apiServers(s, namespace)
	s.need(f.management.CoreV1().Secrets(namespace).Delete(s.ctx, v1alpha1.ComponentAPIServer, metav1.DeleteOptions{}))
	s.until("another API server alone", 2*time.Minute, func() (bool, string) {
		now := f.apiServers(s, namespace)
		seen := ""
		for _, p := range now {
			seen += podState(&p) + "; "
		}
		return len(now) == 1 && now[0].Name != before[0].Name && podReady(&now[0]), seen
	})
}

func (f *fixture) apiServers(s *story, namespace string) []corev1.Pod {
	s.Helper()
	all, err := f.management.CoreV1().Pods(namespace).List(s.ctx, metav1.ListOptions{
		LabelSelector: v1alpha1.LabelComponent + "=" + v1alpha1.ComponentAPIServer,
	})
	s.need(err)
	return all.Items
}
