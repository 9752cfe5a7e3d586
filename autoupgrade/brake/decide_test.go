package brake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/rollout"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func hoursAgo(h int) metav1.Time { return metav1.NewTime(now.Add(-time.Duration(h) * time.Hour)) }

// fleet of clusters that were upgraded to release r two hours ago, and are well.
func fleet(clusters int, change ...func(*Facts)) Facts {
	f := Facts{Release: &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "r"}}, Now: now}
	for i := range clusters {
		c := v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("c%d-x", i), Namespace: "sub-1", Generation: 2}}
		c.Spec.Name, c.Spec.Release, c.Status.ObservedGeneration, c.Status.Endpoint.Port = fmt.Sprintf("c%d", i), "r", 2, 30443
		began, ended := hoursAgo(2), hoursAgo(1)
		c.Status.Operations = []v1alpha1.Operation{{Generation: 2, Verb: v1alpha1.Upgrading, State: v1alpha1.Succeeded, StartedAt: began, EndedAt: &ended}}
		c.Status.Components = []v1alpha1.ComponentHealth{{Name: "etcd", Healthy: true, Since: hoursAgo(1)}}
		p := v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Name: "sys-" + c.Name, Namespace: "sub-1", Generation: 1}}
		p.Spec.Cluster, p.Spec.Release, p.Spec.Count, p.Status.ReadyNodes, p.Status.ObservedGeneration = c.Name, "r", 2, 2, 1
		f.Clusters, f.Pools = append(f.Clusters, c), append(f.Pools, p)
	}
	for _, do := range change {
		do(&f)
	}
	return f
}

// of so many clusters, change the operation that upgraded them.
func of(n int, change func(*v1alpha1.ManagedCluster, *v1alpha1.AgentPool, *v1alpha1.Operation)) func(*Facts) {
	return func(f *Facts) {
		for i := range n {
			change(&f.Clusters[i], &f.Pools[i], &f.Clusters[i].Status.Operations[0])
		}
	}
}

func failed(code string) func(*v1alpha1.ManagedCluster, *v1alpha1.AgentPool, *v1alpha1.Operation) {
	return func(_ *v1alpha1.ManagedCluster, _ *v1alpha1.AgentPool, op *v1alpha1.Operation) {
		op.State, op.Error = v1alpha1.Failed, &v1alpha1.OperationError{Code: code}
	}
}

func TestHalt(t *testing.T) {
	type (
		cluster = *v1alpha1.ManagedCluster
		pool    = *v1alpha1.AgentPool
		op      = *v1alpha1.Operation
	)
	for sentence, c := range map[string]struct {
		facts Facts
		want  string
	}{
		"clusters that are well halt nothing":            {fleet(10), ""},
		"one that failed may have its own reasons":       {fleet(2, of(1, failed("OperationFailed"))), ""},
		"two of a few halt the roll-out":                 {fleet(3, of(2, failed("OperationFailed"))), "2 of 3 clusters that were upgraded to it in the last 3 days failed or got unhealthy."},
		"two of many do not":                             {fleet(10, of(2, failed("OperationFailed"))), ""},
		"three of ten do":                                {fleet(10, of(3, failed("OperationFailed"))), "3 of 10 clusters"},
		"a drain that a budget blocks is the customer's": {fleet(3, of(3, failed(rollout.Failed))), ""},
		"an aborted operation is the customer's":         {fleet(3, of(3, func(_ cluster, _ pool, o op) { o.State = v1alpha1.Canceled })), ""},
		"an unhealthy component counts":                  {fleet(3, of(2, func(c cluster, _ pool, _ op) { c.Status.Components[0].Healthy = false })), "2 of 3"},
		"one that has been so for a moment does not": {fleet(3, of(2, func(c cluster, _ pool, _ op) {
			c.Status.Components[0] = v1alpha1.ComponentHealth{Since: metav1.NewTime(now)}
		})), ""},
		"nodes that are not Ready count": {fleet(3, of(2, func(_ cluster, p pool, _ op) { p.Status.ReadyNodes = 1 })), "2 of 3"},
		"not those of a stopped cluster": {fleet(3, of(2, func(c cluster, p pool, _ op) {
			p.Status.ReadyNodes, c.Status.PowerState, c.Spec.PowerState = 0, v1alpha1.Stopped, v1alpha1.Stopped
		})), ""},
		"nor of a stopped pool":                    {fleet(3, of(2, func(_ cluster, p pool, _ op) { p.Status.ReadyNodes, p.Spec.PowerState = 0, v1alpha1.Stopped })), ""},
		"nor of one with an operation in progress": {fleet(3, of(2, func(_ cluster, p pool, _ op) { p.Status.ReadyNodes, p.Generation = 0, 2 })), ""},
		"nor of one that has another release":      {fleet(3, of(2, func(_ cluster, p pool, _ op) { p.Status.ReadyNodes, p.Spec.Release = 0, "s" })), ""},
		"after an upgrade a cluster has some time": {fleet(3, of(3, func(_ cluster, p pool, o op) {
			p.Status.ReadyNodes = 0
			ended := metav1.NewTime(now)
			o.EndedAt = &ended
		})), ""},
		"an upgrade that goes on does not count": {fleet(3, of(3, func(_ cluster, p pool, o op) { p.Status.ReadyNodes, o.EndedAt, o.State = 0, nil, v1alpha1.InProgress })), ""},
		"one of long ago does not":               {fleet(3, of(3, func(_ cluster, p pool, o op) { p.Status.ReadyNodes, o.StartedAt = 0, hoursAgo(80) })), ""},
		"what was no upgrade does not":           {fleet(3, of(3, func(_ cluster, p pool, o op) { p.Status.ReadyNodes, o.Verb = 0, v1alpha1.Scaling })), ""},
		"clusters of another release do not":     {fleet(3, of(3, func(c cluster, p pool, o op) { failed("x")(c, p, o); c.Spec.Release, p.Spec.Release = "s", "s" })), ""},
		"a repetition that succeeded makes good": {fleet(3, of(2, func(c cluster, _ pool, o op) {
			old := *o
			failed("x")(nil, nil, &old)
			c.Status.Operations = append(c.Status.Operations, old)
		})), ""},
		"the upgrade of a pool to a node image counts": {fleet(3, of(2, func(c cluster, p pool, o op) {
			p.Status.Operations = []v1alpha1.Operation{*o}
			p.Status.Operations[0].Verb = v1alpha1.UpgradingNodeImageVersion
			p.Status.Operations[0].State = v1alpha1.Failed
			c.Status.Operations = nil
		})), "2 of 3"},
		"a roll-out that is halted is not halted again": {fleet(3, of(2, failed("x")), func(f *Facts) { f.Release.Halt(now, "y") }), ""},
		"what was before the operator resumed is past":  {fleet(3, of(2, failed("x")), func(f *Facts) { f.Release.Resume(now.Add(-time.Hour)) }), ""},
		"what came after halts it again":                {fleet(3, of(2, failed("x")), func(f *Facts) { f.Release.Resume(now.Add(-3 * time.Hour)) }), "2 of 3"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, worse := Halt(c.facts)
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
				t.Errorf("got %q", got)
			}
			if (got != "") != (len(worse) > 0) || slices.ContainsFunc(worse, func(name string) bool { return strings.Contains(got, name) }) {
				t.Errorf("it names %v, and customers read %q", worse, got)
			}
		})
	}
}
