package concurrency

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

func TestIdle(t *testing.T) {
	running := func(verb string) func(*v1alpha1.ManagedCluster) {
		return func(c *v1alpha1.ManagedCluster) {
			c.Status.Operations = []v1alpha1.Operation{{Generation: 1, Verb: verb, State: v1alpha1.InProgress, StartedAt: metav1.NewTime(now)}}
		}
	}
	deleted := metav1.NewTime(now)
	leaving := func(p *v1alpha1.AgentPool) { p.DeletionTimestamp = &deleted }
	scaling := func(p *v1alpha1.AgentPool) {
		p.Status.Operations = []v1alpha1.Operation{{Generation: 3, Verb: v1alpha1.Scaling, State: v1alpha1.InProgress, StartedAt: metav1.NewTime(now)}}
	}
	held := lockedBy(`{"kind":"ap","noun":"agent pool","name":"np2","until":"2026-11-23T09:01:00Z"}`)
	for sentence, c := range map[string]struct {
		family Family
		want   string
	}{
		"nothing is in progress": {family(cluster(), pool("np1", "p", 1)), ""},
		"the cluster's operation is named by its verb": {
			family(cluster(running(v1alpha1.Stopping))),
			"because there's an in progress stop managed cluster operation (operation ID: mc.c1-x.aa.1.w) on the managed cluster 'c1' " +
				"started on UTC 2026-11-23T09:00:00Z. Please wait"},
		"a certificate rotation has a noun": {family(cluster(running(v1alpha1.RotatingClusterCertificates))), "in progress certificate rotation managed cluster operation"},
		"a pool's operation blocks its cluster": {
			family(cluster(), pool("np1", "p", 1), pool("np2", "q", 3, scaling)), "in progress scale agent pool operation (operation ID: ap.np2-x.q.3.w) on the agent pool 'np2'"},
		"a pool that is being deleted blocks too": {family(cluster(), pool("np1", "p", 1, leaving)), "in progress delete agent pool operation"},
		"after the cluster's deletion only deletion is allowed": {
			family(cluster(func(c *v1alpha1.ManagedCluster) { c.DeletionTimestamp = &deleted })),
			"on the managed cluster 'c1' since deletion was issued on UTC 2026-11-23T09:00:00Z. The only allowed operation is deletion."},
		"a lock blocks like an operation": {family(cluster(held)), "another request is about to write the agent pool 'np2' of the managed cluster 'c1'"},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := Idle(c.family, now)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err != nil && fault.Of(err).Kind != fault.OperationNotAllowed {
				t.Errorf("got %v", fault.Of(err).Kind)
			}
			if err != nil && (fault.Of(err).RetryAfter < time.Second || fault.Of(err).RetryAfter > 5*time.Second) {
				t.Errorf("Retry-After is %v", fault.Of(err).RetryAfter)
			}
		})
	}
}

func TestIdleChild(t *testing.T) {
	at := metav1.NewTime(now)
	busy := func(p *v1alpha1.AgentPool) {
		p.Status.Operations = []v1alpha1.Operation{{Generation: 3, Verb: v1alpha1.Scaling, State: v1alpha1.InProgress, StartedAt: at}}
	}
	leaving := func(p *v1alpha1.AgentPool) { p.DeletionTimestamp = &at }
	updating := func(c *v1alpha1.ManagedCluster) {
		c.Status.Operations = []v1alpha1.Operation{{Generation: 1, Verb: v1alpha1.Updating, State: v1alpha1.InProgress, StartedAt: at}}
	}
	held := lockedBy(`{"kind":"ap","noun":"agent pool","name":"np3","until":"2026-11-23T09:01:00Z"}`)
	fresh := Resource{Kind: "ap", Noun: "agent pool", Name: "np1"}
	for sentence, c := range map[string]struct {
		family Family
		child  Resource
		want   string
	}{
		"operations of other children do not block":         {family(cluster(), pool("np1", "p", 1), pool("np2", "q", 3, busy)), child(pool("np1", "p", 1)), ""},
		"nor do they block a new child":                     {family(cluster(), pool("np2", "q", 3, busy)), fresh, ""},
		"nor does another child's deletion":                 {family(cluster(), pool("np2", "q", 3, leaving)), fresh, ""},
		"the child's own operation does":                    {family(cluster()), child(pool("np1", "p", 3, busy)), "in progress scale agent pool operation"},
		"the child's own deletion does":                     {family(cluster()), child(pool("np1", "p", 3, leaving)), "in progress delete agent pool operation"},
		"the parent's operation does":                       {family(cluster(updating)), fresh, "in progress update managed cluster operation"},
		"another child's lock does, for a moment":           {family(cluster(held)), fresh, "another request is about to write the agent pool 'np3'"},
		"a lock of another child that was written does not": {family(cluster(held), pool("np3", "r", 1, busy)), fresh, ""},
	} {
		err := IdleChild(c.family, c.child, now)
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || fault.Of(err).Kind != fault.OperationNotAllowed) {
			t.Errorf("%s: got %v, want %q", sentence, err, c.want)
		}
	}
}
