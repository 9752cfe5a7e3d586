package cluster

import (
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

var began = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func at(d time.Duration) *metav1.Time { return &metav1.Time{Time: began.Add(d)} }

func pool(name string, op v1alpha1.Operation) PoolFact { return PoolFact{Name: name, Operation: op} }

// done are the facts of a cluster with nothing left to do, changed by change.
func done(change func(*Facts)) Facts {
	f := Facts{
		Operation:    v1alpha1.Operation{StartedAt: *at(0)},
		Now:          began.Add(time.Minute),
		Since:        began,
		Components:   []v1alpha1.ComponentHealth{{Name: "etcd", Healthy: true}, {Name: "kube-apiserver", Healthy: true}},
		PoolsApplied: true,
		Pools:        []PoolFact{pool("np1", v1alpha1.Operation{State: v1alpha1.Succeeded})},
	}
	change(&f)
	return f
}

func TestDecide(t *testing.T) {
	inProgress := v1alpha1.Operation{State: v1alpha1.InProgress, Waiting: "2 of 3 nodes", Percent: 50}
	failed := func(ended time.Duration) v1alpha1.Operation {
		return v1alpha1.Operation{State: v1alpha1.Failed, EndedAt: at(ended), Error: &v1alpha1.OperationError{Code: "X", Message: "no room"}}
	}
	homeless := func(since, now time.Duration) Facts {
		return done(func(f *Facts) {
			f.Components[0] = v1alpha1.ComponentHealth{Name: "etcd", Reason: "Unschedulable", Message: "Unschedulable: Insufficient memory", Since: *at(since)}
			f.Now = began.Add(now)
		})
	}
	tests := map[string]struct {
		facts   Facts
		done    bool
		code    string
		text    string
		percent int32
	}{
		"a cluster with everything ready is done": {
			facts: done(func(*Facts) {}), done: true,
		},
		"a cluster without pools is done when its control plane and add-ons are": {
			facts: done(func(f *Facts) { f.Pools = nil }), done: true,
		},
		"a missing place is waited for": {
			facts: done(func(f *Facts) { f.Place = "the Service's address" }), text: "the Service's address", percent: 5,
		},
		"an unhealthy component is waited for by name": {
			facts: done(func(f *Facts) {
				f.Components[0] = v1alpha1.ComponentHealth{Name: "etcd", Message: "ImagePullBackOff"}
			}), text: "etcd (ImagePullBackOff)", percent: 20,
		},
		"a healthy control plane that is being replaced is waited for": {
			facts: done(func(f *Facts) { f.Rolling = []string{"kube-apiserver"} }), text: "kube-apiserver (being replaced)", percent: 20,
		},
		"add-ons are waited for": {
			facts: done(func(f *Facts) { f.Addons = "the API server to answer" }), text: "the API server to answer", percent: 50,
		},
		"pools that are not yet objects are waited for": {
			facts: done(func(f *Facts) { f.PoolsApplied, f.Pools = false, nil }), text: "the pools to be made", percent: 60,
		},
		"a pool that is not ready is waited for, and says for what": {
			facts: done(func(f *Facts) { f.Pools = append(f.Pools, pool("np2", inProgress)) }), text: "pool np2: 2 of 3 nodes", percent: 86,
		},
		"a pool that fails, fails the cluster's operation with its error": {
			facts: done(func(f *Facts) { f.Pools[0] = pool("np1", failed(time.Second)) }), done: true, code: "X", text: "Pool np1: no room",
		},
		"a pool that failed before this operation does not fail it": {
			facts: done(func(f *Facts) { f.Pools[0] = pool("np1", failed(-time.Hour)) }), done: true,
		},
		"trouble is shown and does not fail": {
			facts: done(func(f *Facts) { f.Addons, f.Trouble = "the API server to answer", errors.New("connection refused") }),
			text:  "the API server to answer; the last try met: connection refused", percent: 50,
		},
		"trouble without anything else to wait for is waited out": {
			facts: done(func(f *Facts) { f.Trouble = errors.New("conflict") }), text: "another try; the last try met: conflict", percent: 95,
		},
		"what no waiting mends fails at once": {
			facts: done(func(f *Facts) { f.Refused = &v1alpha1.OperationError{Code: "InvalidParameter", Message: "no"} }), done: true, code: "InvalidParameter", text: "no",
		},
		"after half an hour the operation fails and says what it waited for": {
			facts: done(func(f *Facts) { f.Addons, f.Now = "the API server to answer", began.Add(30*time.Minute) }),
			done:  true, code: "AddonsNotReady", text: "waiting for: the API server to answer",
		},
		"a control plane without room is waited for, and says so": {
			facts: homeless(0, 9*time.Minute), text: "etcd (Unschedulable: Insufficient memory)", percent: 20,
		},
		"after ten minutes there is no room, and no more waiting": {
			facts: homeless(0, 10*time.Minute), done: true, code: "AllocationFailed", text: "Insufficient memory",
		},
		"room that was lost on the way has ten minutes too": {
			facts: homeless(8*time.Minute, 17*time.Minute), text: "Unschedulable", percent: 20,
		},
		"but they count from the operation's beginning if it was lost before": {
			facts: homeless(-time.Hour, 9*time.Minute), text: "Unschedulable", percent: 20,
		},
		"room that was lost late does not make half an hour longer": {
			facts: homeless(25*time.Minute, 30*time.Minute), done: true, code: "ControlPlaneNotReady", text: "Insufficient memory",
		},
		"half an hour does not fail what is ready": {
			facts: done(func(f *Facts) { f.Now = began.Add(time.Hour) }), done: true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := Decide(tt.facts)
			code, text := "", got.Waiting
			if got.Failure != nil {
				code, text = got.Failure.Code, got.Failure.Message
			}
			if got.Done != tt.done || code != tt.code || !strings.Contains(text, tt.text) || got.Percent != tt.percent {
				t.Errorf("Decide = %+v %+v, want done %v, code %q, text %q, percent %d", got, got.Failure, tt.done, tt.code, tt.text, tt.percent)
			}
		})
	}
}
