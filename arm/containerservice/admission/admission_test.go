package admission

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/capacity"
)

var now = metav1.Now()

func pool(name string, mode v1alpha1.PoolMode, count int32, change ...func(*v1alpha1.AgentPool)) v1alpha1.AgentPool {
	p := v1alpha1.AgentPool{Spec: v1alpha1.ClusterPoolSpec{Cluster: "c1-x", Name: name, AgentPoolSpec: v1alpha1.AgentPoolSpec{Mode: mode, Count: count}}}
	for _, f := range change {
		f(&p)
	}
	return p
}

func leaving(p *v1alpha1.AgentPool) { p.DeletionTimestamp = &now }

func existing(pools ...v1alpha1.AgentPool) state.Cluster {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "c1-x", Generation: 1}}
	c.Spec.Name = "c1"
	return state.Cluster{Object: c, PoolObjects: pools}
}

// asks for pools, as name and count.
func asks(pools ...any) v1alpha1.ManagedClusterSpec {
	var spec v1alpha1.ManagedClusterSpec
	for i := 0; i < len(pools); i += 2 {
		profile := v1alpha1.PoolProfile{Name: pools[i].(string)}
		profile.Count = int32(pools[i+1].(int))
		spec.PoolProfiles = append(spec.PoolProfiles, profile)
	}
	return spec
}

func TestQuotas(t *testing.T) {
	limits := v1alpha1.Limits{PoolsPerCluster: 2, NodesPerCluster: 4, NodesPerPool: 3}
	small := existing(pool("np1", v1alpha1.SystemPool, 1))
	large := existing(pool("np1", v1alpha1.SystemPool, 6), pool("np2", v1alpha1.UserPool, 0), pool("np3", v1alpha1.UserPool, 0))
	for sentence, c := range map[string]struct {
		present state.Cluster
		spec    v1alpha1.ManagedClusterSpec
		want    string
	}{
		"a new cluster within the quotas":             {state.Cluster{}, asks("np1", 3, "np2", 1), ""},
		"a pool with too many nodes":                  {small, asks("np1", 4), "nodes of agent pool 'np1'. Maximum allowed: 3, Current usage: 1, Additional requested: 3."},
		"too many pools":                              {small, asks("np2", 0, "np3", 0), "agent pools of a managed cluster. Maximum allowed: 2, Current usage: 1, Additional requested: 2."},
		"too many nodes in the cluster":               {small, asks("np1", 3, "np2", 2), "nodes of a managed cluster. Maximum allowed: 4, Current usage: 1, Additional requested: 4."},
		"a lowered quota does not refuse what stays":  {large, asks("np1", 6), ""},
		"a lowered quota does not refuse less":        {large, asks("np1", 5), ""},
		"a lowered quota refuses more":                {large, asks("np1", 7), "nodes of agent pool 'np1'"},
		"a pool that is being deleted does not count": {existing(pool("np1", v1alpha1.SystemPool, 1), pool("old", v1alpha1.UserPool, 3, leaving)), asks("np2", 3), ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := Quotas(limits, c.present, c.spec, "properties.count")
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v", err)
			}
			if err != nil && (fault.Of(err).Kind != fault.QuotaExceeded || fault.Of(err).Target != "properties.count") {
				t.Errorf("got %v", fault.Of(err))
			}
		})
	}
}

func TestGrowth(t *testing.T) {
	for sentence, c := range map[string]struct {
		present  state.Cluster
		spec     v1alpha1.ManagedClusterSpec
		machines int
		planes   int
	}{
		"a new cluster needs a control plane and machines": {state.Cluster{}, asks("np1", 2), 2, len(capacity.ControlPlane)},
		"a larger pool needs machines":                     {existing(pool("np1", v1alpha1.SystemPool, 1)), asks("np1", 4), 3, 0},
		"a smaller pool needs nothing":                     {existing(pool("np1", v1alpha1.SystemPool, 4)), asks("np1", 1), 0, 0},
		"a write of something else needs nothing":          {existing(pool("np1", v1alpha1.SystemPool, 4)), asks(), 0, 0},
	} {
		if got := len(Growth(c.present, c.spec)); got != c.machines+c.planes {
			t.Errorf("%s: got %d Pods", sentence, got)
		}
	}
}

func host(memory string) corev1.Node {
	n := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "host"}}
	n.Status.Allocatable = corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("8"), corev1.ResourceMemory: resource.MustParse(memory), corev1.ResourcePods: resource.MustParse("110")}
	return n
}

func TestCapacity(t *testing.T) {
	cluster, gone := *existing().Object, *existing().Object
	gone.DeletionTimestamp = &now
	for sentence, c := range map[string]struct {
		load     Load
		machines int
		want     string
	}{
		"hosts that cannot be seen refuse nothing":      {Load{}, 1000, ""},
		"a host with capacity":                          {Load{Nodes: []corev1.Node{host("4Gi")}}, 4, ""},
		"a host without":                                {Load{Nodes: []corev1.Node{host("1Gi")}}, 4, "512 MiB of memory"},
		"what was promised to other clusters is taken":  {Load{Nodes: []corev1.Node{host("4Gi")}, Clusters: []v1alpha1.ManagedCluster{cluster}, Pools: []v1alpha1.AgentPool{pool("np1", v1alpha1.SystemPool, 7)}}, 4, "512 MiB of memory"},
		"a cluster that is being deleted keeps nothing": {Load{Nodes: []corev1.Node{host("4Gi")}, Clusters: []v1alpha1.ManagedCluster{gone}, Pools: []v1alpha1.AgentPool{pool("np1", v1alpha1.SystemPool, 7)}}, 4, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			var growth []capacity.Request
			for range c.machines {
				growth = append(growth, capacity.Machine)
			}
			err := Capacity(c.load, growth, "properties.count")
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || fault.Of(err).Kind != fault.AllocationFailed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPromised(t *testing.T) {
	cluster := existing().Object
	of := func(labels map[string]string) corev1.Pod {
		labels[v1alpha1.LabelCluster] = cluster.Name
		return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: labels}}
	}
	machine := func(pool string) corev1.Pod {
		return of(map[string]string{v1alpha1.LabelMachine: "m", v1alpha1.LabelPool: existing().PoolObject(pool)})
	}
	etcd := of(map[string]string{v1alpha1.LabelComponent: "etcd"})
	np1, np2 := pool("np1", v1alpha1.SystemPool, 3), pool("np2", v1alpha1.UserPool, 2)
	for sentence, c := range map[string]struct {
		pools []v1alpha1.AgentPool
		pods  []corev1.Pod
		want  int
	}{
		"nothing exists yet":                                        {[]v1alpha1.AgentPool{np1}, nil, 3 + len(capacity.ControlPlane)},
		"what exists does not count again":                          {[]v1alpha1.AgentPool{np1}, []corev1.Pod{machine("np1"), etcd}, 2 + len(capacity.ControlPlane) - 1},
		"one pool's surplus machines are not another's":             {[]v1alpha1.AgentPool{pool("np1", v1alpha1.SystemPool, 1), np2}, []corev1.Pod{machine("np1"), machine("np1")}, 2 + len(capacity.ControlPlane)},
		"nor are the machines of a pool that is being deleted":      {[]v1alpha1.AgentPool{pool("old", v1alpha1.UserPool, 2, leaving), np2}, []corev1.Pod{machine("old"), machine("old")}, 2 + len(capacity.ControlPlane)},
		"a pool that is being deleted is promised nothing any more": {[]v1alpha1.AgentPool{pool("old", v1alpha1.UserPool, 2, leaving)}, nil, len(capacity.ControlPlane)},
	} {
		if got := len(promised(Load{Clusters: []v1alpha1.ManagedCluster{*cluster}, Pools: c.pools, Pods: c.pods})); got != c.want {
			t.Errorf("%s: %d Pods are promised, want %d", sentence, got, c.want)
		}
	}
}

// TestLoadWith a cluster that was read after the load: another write has added a pool and removed one meanwhile.
func TestLoadWith(t *testing.T) {
	other := *existing().Object
	other.Name = "c2-x"
	theirs := pool("np1", v1alpha1.SystemPool, 4)
	theirs.Spec.Cluster = other.Name
	old := Load{Clusters: []v1alpha1.ManagedCluster{*existing().Object, other}, Pools: []v1alpha1.AgentPool{pool("removed", v1alpha1.UserPool, 5), theirs}}
	fresh := existing(pool("np1", v1alpha1.SystemPool, 1), pool("added", v1alpha1.UserPool, 2))
	planes := 2 * len(capacity.ControlPlane)
	if got := len(promised(old.With(fresh))); got != 4+1+2+planes {
		t.Errorf("%d Pods are promised, want %d", got, 7+planes)
	}
	if got := len(promised(old.With(state.Cluster{}))); got != 5+4+planes || len(old.Pools) != 2 {
		t.Errorf("%d Pods are promised beside a new cluster, want %d; the load that was read has %d pools", got, 9+planes, len(old.Pools))
	}
	if got := len(promised(Load{}.With(fresh))); got != 3+len(capacity.ControlPlane) {
		t.Errorf("%d Pods are promised to a cluster that the load lacks", got)
	}
}

func TestNewCluster(t *testing.T) {
	have := []v1alpha1.ManagedCluster{{Spec: v1alpha1.ManagedClusterSpec{NodeResourceGroup: "MC_a"}}}
	reserved := []concurrency.Reservation{{Object: "c2", Name: "MC_b"}}
	for sentence, c := range map[string]struct {
		limit int32
		group string
		kind  fault.Kind
	}{
		"quota and a group that are free":                 {3, "MC_c", ""},
		"reservations count as clusters":                  {2, "MC_c", fault.QuotaExceeded},
		"another cluster has the group, in whatever case": {3, "mc_A", fault.Conflict},
		"a cluster that is about to be created has it":    {3, "mc_b", fault.Conflict},
	} {
		err := NewCluster(v1alpha1.Limits{Clusters: c.limit}, have, reserved, c.group)
		if (err == nil) != (c.kind == "") || err != nil && fault.Of(err).Kind != c.kind {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
	if e := fault.Of(NodeGroupExists("MC_a")); e.Kind != fault.Conflict || e.Target != "properties.nodeResourceGroup" {
		t.Errorf("got %v", e)
	}
}

func TestPutPool(t *testing.T) {
	c := existing(pool("sys", v1alpha1.SystemPool, 1))
	c.Object.Spec.PoolProfiles = []v1alpha1.PoolProfile{{Name: "sys"}, {Name: "new"}}
	applied := state.Cluster{Object: c.Object.DeepCopy(), PoolObjects: c.PoolObjects}
	applied.Object.Status.PoolsAppliedGeneration = applied.Object.Generation
	for sentence, one := range map[string]struct {
		present state.Cluster
		name    string
		refused bool
	}{
		"a pool that the cluster's operation did not get to make": {c, "new", true},
		"or to change": {c, "sys", true},
		"a pool that the cluster's operation does not name": {c, "other", false},
		"a pool that the cluster's operation has written":   {applied, "sys", false},
	} {
		if err := PutPool(one.present, one.name); (err != nil) != one.refused || err != nil && fault.Of(err).Kind != fault.OperationNotAllowed {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
}

func TestDeletePool(t *testing.T) {
	system, user := pool("sys", v1alpha1.SystemPool, 1), pool("usr", v1alpha1.UserPool, 1)
	second := pool("sys2", v1alpha1.SystemPool, 1, leaving)
	profiled := existing(system)
	profiled.Object.Spec.PoolProfiles = []v1alpha1.PoolProfile{{Name: "new"}}
	again := existing(system, user)
	again.Object.Spec.PoolProfiles = []v1alpha1.PoolProfile{{Name: "usr"}}
	leavingAgain := existing(system, pool("usr", v1alpha1.UserPool, 1, leaving))
	leavingAgain.Object.Spec.PoolProfiles = again.Object.Spec.PoolProfiles
	gone := existing(system)
	gone.Object.DeletionTimestamp = &now
	for sentence, c := range map[string]struct {
		present state.Cluster
		name    string
		kind    fault.Kind
	}{
		"a User pool may be deleted":                            {existing(system, user), "usr", ""},
		"one of two System pools may be deleted":                {existing(system, pool("sys2", v1alpha1.SystemPool, 1)), "sys", ""},
		"the last System pool may not":                          {existing(system, user), "sys", fault.BadRequest},
		"one that is being deleted is not another System pool":  {existing(system, second), "sys", fault.BadRequest},
		"the last System pool of a cluster that is deleted may": {gone, "sys", ""},
		"a pool that was not made cannot be deleted":            {profiled, "new", fault.OperationNotAllowed},
		"nor one that the cluster's operation would make again": {again, "usr", fault.OperationNotAllowed},
		"one that is being deleted may be deleted again":        {leavingAgain, "usr", ""},
	} {
		p, ok := c.present.Pool(c.name)
		err := DeletePool(c.present, p)
		if !ok || (err == nil) != (c.kind == "") || err != nil && fault.Of(err).Kind != c.kind {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
}
