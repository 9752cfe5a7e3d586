package provision

import (
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

var began = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func at(d time.Duration) *metav1.Time { return &metav1.Time{Time: began.Add(d)} }

func pool(name string, op v1alpha1.Operation) poolFact { return poolFact{name: name, operation: op} }

// finished is the assessment of a cluster with nothing left to do, changed by change.
func finished(change func(*assessment)) assessment {
	a := assessment{
		operation:  v1alpha1.Operation{StartedAt: *at(0)},
		components: []v1alpha1.ComponentHealth{{Name: "etcd", Healthy: true}, {Name: "kube-apiserver", Healthy: true}},
		applied:    true,
		pools:      []poolFact{pool("np1", v1alpha1.Operation{State: v1alpha1.Succeeded})},
	}
	change(&a)
	return a
}

func TestOutcome(t *testing.T) {
	inProgress := v1alpha1.Operation{State: v1alpha1.InProgress, Waiting: "2 of 3 nodes", Percent: 50}
	failed := func(ended time.Duration) v1alpha1.Operation {
		return v1alpha1.Operation{State: v1alpha1.Failed, EndedAt: at(ended), Error: &v1alpha1.OperationError{Code: "X", Message: "no capacity"}}
	}
	unschedulable := func(since time.Duration) assessment {
		return finished(func(a *assessment) {
			a.components[0] = v1alpha1.ComponentHealth{
				Name: "etcd", Reason: "Unschedulable", Message: "Unschedulable: Insufficient memory", Since: *at(since),
			}
		})
	}
	tests := map[string]struct {
		assessed assessment
		now      time.Duration
		done     bool
		code     string
		text     string
		percent  int32
	}{
		"a cluster with everything ready is done": {
			assessed: finished(func(*assessment) {}), done: true,
		},
		"a cluster without pools is done when its control plane and add-ons are": {
			assessed: finished(func(a *assessment) { a.pools = nil }), done: true,
		},
		"a pending prerequisite is waited for": {
			assessed: finished(func(a *assessment) { a.pending = "the Service's address" }), text: "the Service's address", percent: 5,
		},
		"an unhealthy component is waited for by name": {
			assessed: finished(func(a *assessment) {
				a.components[0] = v1alpha1.ComponentHealth{Name: "etcd", Message: "ImagePullBackOff"}
			}), text: "etcd (ImagePullBackOff)", percent: 20,
		},
		"a healthy control plane that is being replaced is waited for": {
			assessed: finished(func(a *assessment) { a.rolling = []string{"kube-apiserver"} }), text: "kube-apiserver (being replaced)", percent: 20,
		},
		"add-ons are waited for": {
			assessed: finished(func(a *assessment) { a.addons = "the API server to answer" }), text: "the API server to answer", percent: 50,
		},
		"pools that are not yet objects are waited for": {
			assessed: finished(func(a *assessment) { a.applied, a.pools = false, nil }), text: "the pools to be made", percent: 60,
		},
		"a pool that is not ready is waited for, and says for what": {
			assessed: finished(func(a *assessment) { a.pools = append(a.pools, pool("np2", inProgress)) }), text: "pool np2: 2 of 3 nodes", percent: 86,
		},
		"a pool that is upgraded is waited for as long as its own operation goes on": {
			assessed: finished(func(a *assessment) {
				a.pools = append(a.pools, poolFact{name: "np2", operation: inProgress, limited: true})
			}), now: 5 * time.Hour, text: "pool np2: 2 of 3 nodes", percent: 86,
		},
		"one that is not made, or is being deleted, has half an hour": {
			assessed: finished(func(a *assessment) { a.pools = append(a.pools, pool("np2", inProgress)) }), now: 30 * time.Minute,
			done: true, code: "AgentPoolsNotReady", text: "It waits for: pool np2: 2 of 3 nodes",
		},
		"a pool that has ended does not hold a cluster that waits for another": {
			assessed: finished(func(a *assessment) {
				a.pools = []poolFact{{name: "np1", operation: v1alpha1.Operation{State: v1alpha1.Succeeded}, limited: true}, pool("np2", inProgress)}
			}), now: 30 * time.Minute, done: true, code: "AgentPoolsNotReady", text: "pool np2",
		},
		"a pool that fails, fails the cluster's operation with its error": {
			assessed: finished(func(a *assessment) { a.pools[0] = pool("np1", failed(time.Second)) }), done: true, code: "X", text: "Pool np1: no capacity",
		},
		"a pool that failed before this operation does not fail it": {
			assessed: finished(func(a *assessment) { a.pools[0] = pool("np1", failed(-time.Hour)) }), done: true,
		},
		"trouble is shown and does not fail": {
			assessed: finished(func(a *assessment) {
				a.addons, a.trouble = "the API server to answer", errors.New("connection refused")
			}),
			text: "the API server to answer; the last attempt failed: connection refused", percent: 50,
		},
		"trouble without anything else to wait for is another attempt": {
			assessed: finished(func(a *assessment) { a.trouble = errors.New("conflict") }), text: "another attempt; the last attempt failed: conflict", percent: 95,
		},
		"what no waiting repairs fails at once": {
			assessed: finished(func(a *assessment) { a.refused = &v1alpha1.OperationError{Code: "InvalidParameter", Message: "no"} }), done: true, code: "InvalidParameter", text: "no",
		},
		"after half an hour the operation fails and says what it waited for": {
			assessed: finished(func(a *assessment) { a.addons = "the API server to answer" }), now: 30 * time.Minute,
			done: true, code: "AddonsNotReady", text: "It waits for: the API server to answer. The service keeps trying",
		},
		"a control plane without capacity is waited for, and says so": {
			assessed: unschedulable(0), now: 9 * time.Minute, text: "etcd (Unschedulable: Insufficient memory)", percent: 20,
		},
		"after ten minutes without capacity the operation fails": {
			assessed: unschedulable(0), now: 10 * time.Minute, done: true, code: "AllocationFailed", text: "Insufficient memory",
		},
		"capacity that was lost on the way has ten minutes too": {
			assessed: unschedulable(8 * time.Minute), now: 17 * time.Minute, text: "Unschedulable", percent: 20,
		},
		"but they count from the operation's beginning if it was lost before": {
			assessed: unschedulable(-time.Hour), now: 9 * time.Minute, text: "Unschedulable", percent: 20,
		},
		"capacity that was lost late does not extend half an hour": {
			assessed: unschedulable(25 * time.Minute), now: 30 * time.Minute, done: true, code: "ControlPlaneNotReady", text: "Insufficient memory",
		},
		"a cluster in the queue has no time limit": {
			assessed: finished(func(a *assessment) { a.pending, a.queued = "the provisioning queue (1 cluster ahead)", true }), now: 100 * time.Hour,
			text: "the provisioning queue (1 cluster ahead)", percent: 5,
		},
		"after admission the time counts from there": {
			assessed: finished(func(a *assessment) { a.addons, a.admittedAt = "the API server", at(time.Hour).Time }), now: 89 * time.Minute,
			text: "the API server", percent: 50,
		},
		"and ends half an hour later": {
			assessed: finished(func(a *assessment) { a.addons, a.admittedAt = "the API server", at(time.Hour).Time }), now: 90 * time.Minute,
			done: true, code: "AddonsNotReady", text: "after 30 minutes",
		},
		"of a later write all time counts": {
			assessed: finished(func(a *assessment) { a.addons, a.admittedAt = "the API server", at(-time.Hour).Time }), now: 30 * time.Minute,
			done: true, code: "AddonsNotReady", text: "after 30 minutes",
		},
		"capacity that was missing before admission has ten minutes from there": {
			assessed: func() assessment {
				a := unschedulable(0)
				a.admittedAt = at(time.Hour).Time
				return a
			}(), now: 69 * time.Minute, text: "Unschedulable", percent: 20,
		},
		"capacity that was missing while the gate held an update has ten minutes from when it let it pass": {
			assessed: func() assessment {
				a := unschedulable(0)
				a.operation.ActingSince = at(time.Hour)
				return a
			}(), now: 69 * time.Minute, text: "Unschedulable", percent: 20,
		},
		"and no more": {
			assessed: func() assessment {
				a := unschedulable(0)
				a.operation.ActingSince = at(time.Hour)
				return a
			}(), now: 70 * time.Minute, done: true, code: "AllocationFailed", text: "after 10 minutes",
		},
		"a pool that failed without an error is named": {
			assessed: finished(func(a *assessment) {
				a.pools[0] = pool("np1", v1alpha1.Operation{State: v1alpha1.Canceled, EndedAt: at(time.Second)})
			}),
			done: true, code: "AgentPoolFailed", text: "Pool np1: The pool's operation did not succeed.",
		},
		"half an hour does not fail what is ready": {
			assessed: finished(func(*assessment) {}), now: time.Hour, done: true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: 1}}
			operation.Begin(c, *at(0))
			c.Status.Operations[0].ActingSince = tt.assessed.operation.ActingSince
			if tt.now == 0 {
				tt.now = time.Minute
			}
			operation.Settle(c, "The cluster", outcome(tt.assessed), *at(tt.now))
			op := v1alpha1.CurrentOperation(c)
			code, text, percent := "", op.Waiting, op.Percent
			if op.Error != nil {
				code, text = op.Error.Code, op.Error.Message
			}
			done := op.State != v1alpha1.InProgress
			if done {
				percent = 0
			}
			if done != tt.done || code != tt.code || !strings.Contains(text, tt.text) || percent != tt.percent {
				t.Errorf("operation %+v %+v, want done %v, code %q, text %q, percent %d", op, op.Error, tt.done, tt.code, tt.text, tt.percent)
			}
		})
	}
}
