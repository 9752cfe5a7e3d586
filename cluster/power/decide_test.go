package power

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/provision"
	"lotse.dev/operation"
)

var now = time.Unix(10_000, 0)

func TestPlan(t *testing.T) {
	for sentence, c := range map[string]struct {
		facts   Facts
		steps   string
		waiting string
		failure string
	}{
		"the finalizer comes first": {
			given(func(f *Facts) { f.Cluster.Finalizers = nil }), "add the finalizer", "", "",
		},
		"a cluster that is created stopped gets its node resource group": {
			given(created, group(provision.Group{Steps: []plan.Step{plan.AddFinalizer{}}})), "add the finalizer", "the node resource group", "",
		},
		"and waits for that of a cluster before it to go": {
			given(created, group(provision.Group{Waiting: "node resource group x, which is being deleted"})), "", "node resource group x, which is being deleted", "",
		},
		"a group of another's fails it": {
			given(created, group(provision.Group{Failure: &v1alpha1.OperationError{Message: "The node resource group x exists."}})), "", "",
			"The node resource group x exists.",
		},
		"then it is done: nothing of it runs that would have to be looked at": {given(created), "", "", ""},
		"before anything is stopped the webhooks are looked at": {
			given(), "look at the cluster's webhooks", "a look at the cluster's webhooks", "",
		},
		"a webhook that blocks a start fails the stop by name": {
			given(looked("webhook a of b, with failurePolicy Fail, matches nodes by its rule c")), "", "",
			"The cluster would not start again: webhook a of b, with failurePolicy Fail, matches nodes",
		},
		"keys that are lost or damaged fail it too: what runs needs them no more, a start does": {
			given(func(f *Facts) { f.Keys = "encryption.key in secret pki is missing; restore it from a backup" }), "", "",
			"The cluster would not start again: encryption.key in secret pki is missing",
		},
		"all pools stop at the same time": {
			given(looked(), pool("np1"), pool("np2")), "write the power state of pool np1, write the power state of pool np2", "pool np1; pool np2", "",
		},
		"a pool that is being deleted goes by itself": {
			given(looked(), pool("np1", leaving)), scaleServers, "the API server and its controllers to end", "",
		},
		"a pool that its customer has stopped is marked too, so that it does not hold up the start": {
			given(looked(), pool("np1", byCustomer)), "write the power state of pool np1", "pool np1", "",
		},
		"what a pool waits for is named": {
			given(pool("np1", stopping("2 of 3 machines to be drained and stopped"))), "",
			"pool np1: 2 of 3 machines to be drained and stopped", "",
		},
		"a pool that has failed fails the cluster's stop": {
			given(pool("np1", failed(now))), "", "", "Pool np1: it failed.",
		},
		"a pool that failed in an earlier stop is tried again": {
			given(pool("np1", failed(now.Add(-time.Hour)))), "write the power state of pool np1", "pool np1", "",
		},
		"when the pools have stopped, the servers go": {
			given(pool("np1", stopped)), scaleServers, "the API server and its controllers to end", "",
		},
		"before that, endpoints of Pods that have ended are looked for": {
			given(pool("np1", justStopped)), "count the cluster's endpoints", "the endpoints of Pods that have ended to be removed", "",
		},
		"those that are left are waited for": {
			given(pool("np1", justStopped), endpoints(2)), "", "the endpoints of Pods that have ended to be removed", "",
		},
		"when there are none, the servers go at once": {
			given(pool("np1", justStopped), endpoints(0)), scaleServers, "the API server and its controllers to end", "",
		},
		"a cluster whose controllers do not remove them is stopped nevertheless": {
			given(pool("np1", stopped), endpoints(2)), scaleServers, "the API server and its controllers to end", "",
		},
		"the store waits until they have ended": {
			given(pool("np1", stopped), down("kube-apiserver", "kube-controller-manager"), running("kube-apiserver")), "",
			"the API server and its controllers to end", "",
		},
		"then the store goes": {
			given(pool("np1", stopped), down("kube-apiserver", "kube-controller-manager"), running("etcd")), "scale *v1.StatefulSet etcd down", "the store to end", "",
		},
		"the stop is done when its Pod is gone": {
			given(pool("np1", stopped), down("kube-apiserver", "kube-controller-manager", "etcd")), "", "", "",
		},
		"what something else scales up is scaled down again": {
			given(atRest, down("kube-apiserver", "etcd")), "scale *v1.StatefulSet kube-controller-manager down", "the API server and its controllers to end", "",
		},
		"a process that died halfway does not look at webhooks again": {
			given(pool("np1", stopping("x")), pool("np2")), "write the power state of pool np2", "pool np1: x; pool np2", "",
		},
		"a step that failed is taken again, also if nothing else is left to do": {
			given(pool("np1", stopped), down("kube-apiserver", "kube-controller-manager", "etcd"), func(f *Facts) { f.Trouble = errors.New("the disk is full") }), "",
			"another attempt; the last attempt failed: the disk is full", "",
		},
		"an error is no end": {
			given(pool("np1", stopped), func(f *Facts) { f.Trouble = errors.New("the disk is full") }), "",
			"the API server and its controllers to end; the last attempt failed: the disk is full", "",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := Plan(c.facts)
			var names []string
			for _, s := range p.Steps {
				names = append(names, s.String())
			}
			failure := ""
			if p.Outcome.Failure != nil {
				failure = p.Outcome.Failure.Message
			}
			if got := strings.Join(names, ", "); got != c.steps || p.Outcome.Waiting != c.waiting || !strings.HasPrefix(failure, c.failure) || (failure == "") != (c.failure == "") {
				t.Errorf("steps %q, waiting for %q, failure %q;\nwant %q, %q, %q", got, p.Outcome.Waiting, failure, c.steps, c.waiting, c.failure)
			}
		})
	}
}

const scaleServers = "scale *v1.Deployment kube-apiserver down, scale *v1.StatefulSet kube-controller-manager down"

func TestStatusOfAStop(t *testing.T) {
	well := func(f *Facts) { f.Pods = append(f.Pods, apiServerPod(true)) }
	for sentence, c := range map[string]struct {
		facts      Facts
		power      v1alpha1.PowerState
		components int
		healthy    bool
	}{
		"while pools stop, the components are watched":  {given(pool("np1", stopping("x")), well), "", len(v1alpha1.ComponentNames), true},
		"also one that fails":                           {given(pool("np1", stopping("x"))), "", len(v1alpha1.ComponentNames), false},
		"components that end on purpose are not unwell": {given(pool("np1", stopped), down("kube-apiserver"), known), "", 1, true},
		"a stopped cluster has none":                    {given(pool("np1", stopped), down("kube-apiserver", "kube-controller-manager", "etcd"), known), v1alpha1.Stopped, 0, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := Plan(c.facts).Status
			healthy := false
			for _, h := range s.Components {
				healthy = healthy || h.Name == v1alpha1.ComponentAPIServer && h.Healthy
			}
			if s.PowerState != c.power || len(s.Components) != c.components || healthy != c.healthy || (s.StoppedAt != nil) != (c.power == v1alpha1.Stopped) {
				t.Errorf("status is %+v", s)
			}
		})
	}
}

func TestAStoppedClusterIsLeftAlone(t *testing.T) {
	f := given(pool("np1", stopped), down("kube-apiserver", "kube-controller-manager", "etcd"))
	p := Plan(f)
	f.Cluster.Status = p.Status
	operation.Settle(f.Cluster, "The cluster", p.Outcome, metav1.NewTime(now))
	if !f.Cluster.AtRest() || p.Recheck != 0 {
		t.Fatalf("it is not at rest: %+v, looked at again after %s", f.Cluster.Status, p.Recheck)
	}
	f.Now = now.Add(time.Hour)
	if again := Plan(f); fmt.Sprint(again.Status) != fmt.Sprint(f.Cluster.Status) || len(again.Steps) > 0 || again.Recheck != 0 {
		t.Errorf("it is written again: %+v", again)
	}
}

func given(edits ...func(*Facts)) Facts {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "shop", Generation: 3, Finalizers: []string{v1alpha1.Finalizer}}}
	c.Spec.PowerState, c.Status.Endpoint.Port = v1alpha1.Stopped, 30443
	v1alpha1.SetVerb(c, v1alpha1.Stopping)
	operation.Begin(c, metav1.NewTime(now))
	f := Facts{Cluster: c, Now: now, Pools: map[string]*v1alpha1.AgentPool{}, Workloads: []client.Object{
		&appsv1.Deployment{ObjectMeta: component(v1alpha1.ComponentAPIServer), Spec: appsv1.DeploymentSpec{Replicas: ptr.To[int32](1)}},
		&appsv1.StatefulSet{ObjectMeta: component(v1alpha1.ComponentControllerManager)}, // without a number there is one
		&appsv1.StatefulSet{ObjectMeta: component(v1alpha1.ComponentEtcd), Spec: appsv1.StatefulSetSpec{Replicas: ptr.To[int32](1)}},
	}}
	for _, edit := range edits {
		edit(&f)
	}
	return f
}

// created is a cluster of which nothing has ever run.
func created(f *Facts) { f.Cluster.Status.Endpoint, f.Workloads = v1alpha1.Endpoint{}, nil }

func group(g provision.Group) func(*Facts) { return func(f *Facts) { f.Group = g } }

func component(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Labels: map[string]string{v1alpha1.LabelComponent: name}}
}

func looked(obstacles ...string) func(*Facts) {
	return func(f *Facts) { f.Webhooks = &Webhooks{Obstacles: obstacles} }
}

func pool(name string, edits ...func(*v1alpha1.AgentPool)) func(*Facts) {
	return func(f *Facts) {
		p := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Name: name, Generation: 1}, Spec: v1alpha1.ClusterPoolSpec{Name: name}}
		operation.Settle(p, "Pool", operation.Outcome{}, metav1.NewTime(now.Add(-2*time.Hour)))
		for _, edit := range edits {
			edit(p)
		}
		f.Pools[name] = p
	}
}

func leaving(p *v1alpha1.AgentPool)    { p.DeletionTimestamp = &metav1.Time{Time: now} }
func byCustomer(p *v1alpha1.AgentPool) { p.Spec.PowerState = v1alpha1.Stopped }
func stopped(p *v1alpha1.AgentPool)    { p.Spec.ClusterPowerState = v1alpha1.Stopped }
func stopping(waiting string) func(*v1alpha1.AgentPool) {
	return func(p *v1alpha1.AgentPool) {
		stopped(p)
		p.Generation++
		operation.Settle(p, "Pool", operation.Outcome{Waiting: waiting}, metav1.NewTime(now))
	}
}

func justStopped(p *v1alpha1.AgentPool) {
	stopped(p)
	p.Generation++
	operation.Settle(p, "Pool", operation.Outcome{}, metav1.NewTime(now.Add(-time.Second)))
}

func endpoints(n int) func(*Facts) { return func(f *Facts) { f.Endpoints = &n } }

func failed(at time.Time) func(*v1alpha1.AgentPool) {
	return func(p *v1alpha1.AgentPool) {
		stopped(p)
		p.Generation++
		operation.Settle(p, "Pool", operation.Fail(&v1alpha1.OperationError{Code: "PodDrainFailure", Message: "it failed."}), metav1.NewTime(at))
	}
}

func down(names ...string) func(*Facts) {
	return func(f *Facts) {
		for _, o := range f.Workloads {
			for _, name := range names {
				if o.GetName() == name {
					scale(o)
				}
			}
		}
	}
}

func scale(o client.Object) {
	switch o := o.(type) {
	case *appsv1.Deployment:
		o.Spec.Replicas = ptr.To[int32](0)
	case *appsv1.StatefulSet:
		o.Spec.Replicas = ptr.To[int32](0)
	}
}

func running(name string) func(*Facts) {
	return func(f *Facts) { f.Pods = append(f.Pods, corev1.Pod{ObjectMeta: component(name)}) }
}

func atRest(f *Facts) { f.Cluster.Status.PowerState = v1alpha1.Stopped }

func known(f *Facts) {
	f.Cluster.Status.Components = []v1alpha1.ComponentHealth{{Name: v1alpha1.ComponentAPIServer, Healthy: true}}
}

func apiServerPod(ready bool) corev1.Pod {
	return corev1.Pod{ObjectMeta: component(v1alpha1.ComponentAPIServer), Status: corev1.PodStatus{
		ContainerStatuses: []corev1.ContainerStatus{{Name: v1alpha1.ComponentAPIServer, Ready: ready}},
	}}
}
