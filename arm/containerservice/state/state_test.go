package state

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

var now = metav1.Now()

func poolObject(name string, count int32, change ...func(*v1alpha1.AgentPool)) v1alpha1.AgentPool {
	p := v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Name: name, Generation: 1, UID: "p", CreationTimestamp: now}}
	p.Spec = v1alpha1.ClusterPoolSpec{Cluster: "c1-x", Name: name, AgentPoolSpec: v1alpha1.AgentPoolSpec{Count: count}}
	for _, f := range change {
		f(&p)
	}
	return p
}

func leaving(p *v1alpha1.AgentPool) { p.DeletionTimestamp = &now }

func failed(p *v1alpha1.AgentPool) {
	p.Status.Operations = []v1alpha1.Operation{{Generation: 1, State: v1alpha1.Failed}}
}

func profiled(names ...string) *v1alpha1.ManagedCluster {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "c1-x", UID: "c", Generation: 1, CreationTimestamp: now}}
	c.Spec.Name = "c1"
	for _, name := range names {
		c.Spec.PoolProfiles = append(c.Spec.PoolProfiles, v1alpha1.PoolProfile{Name: name, AgentPoolSpec: v1alpha1.AgentPoolSpec{Count: 7}})
	}
	return c
}

func TestPools(t *testing.T) {
	applied, deleted := profiled("np1"), profiled("np1", "np2")
	applied.Status.PoolsAppliedGeneration = 1
	deleted.DeletionTimestamp = &now
	for sentence, c := range map[string]struct {
		cluster Cluster
		all     string
		staying string
	}{
		"without a cluster there are none":               {Cluster{}, "[]", "map[]"},
		"objects are pools, ordered by name":             {Cluster{Object: profiled(), PoolObjects: []v1alpha1.AgentPool{poolObject("b", 1), poolObject("a", 2)}}, "[a:2 b:1]", "map[a:2 b:1]"},
		"profiles that are not objects yet count":        {Cluster{Object: profiled("np1")}, "[np1:7]", "map[np1:7]"},
		"a profile that is not applied yet is the truth": {Cluster{Object: profiled("np1"), PoolObjects: []v1alpha1.AgentPool{poolObject("np1", 1)}}, "[np1:7]", "map[np1:7]"},
		"a profile that was applied does not count":      {Cluster{Object: applied, PoolObjects: []v1alpha1.AgentPool{poolObject("np1", 1)}}, "[np1:1]", "map[np1:1]"},
		"profiles of a cluster that is deleted do not":   {Cluster{Object: deleted, PoolObjects: []v1alpha1.AgentPool{poolObject("np1", 1)}}, "[np1:1]", "map[np1:1]"},
		"a pool that is being deleted does not stay":     {Cluster{Object: profiled(), PoolObjects: []v1alpha1.AgentPool{poolObject("np1", 1, leaving)}}, "[np1:1]", "map[]"},
	} {
		t.Run(sentence, func(t *testing.T) {
			all, staying := []string{}, map[string]int32{}
			for _, p := range c.cluster.Pools() {
				all = append(all, fmt.Sprintf("%s:%d", p.Name, p.Spec.Count))
			}
			for name, p := range c.cluster.Staying() {
				staying[name] = p.Count
			}
			if got := fmt.Sprint(all); got != c.all {
				t.Errorf("pools are %s, want %s", got, c.all)
			}
			if got := fmt.Sprint(staying); got != c.staying {
				t.Errorf("staying are %s, want %s", got, c.staying)
			}
		})
	}
}

func TestAfter(t *testing.T) {
	c := Cluster{Object: profiled(), PoolObjects: []v1alpha1.AgentPool{poolObject("np1", 1), poolObject("np2", 2)}}
	after := c.After(profiled("np2", "np3").Spec)
	if got := fmt.Sprint(after["np1"].Count, after["np2"].Count, after["np3"].Count, Nodes(after)); got != "1 7 7 15" {
		t.Errorf("got %s", got)
	}
}

func TestETags(t *testing.T) {
	c := Cluster{Object: profiled("new"), PoolObjects: []v1alpha1.AgentPool{poolObject("np1", 1)}}
	pool, _ := c.Pool("np1")
	profile, _ := c.Pool("new")
	if (Cluster{}).ETag() != "" || c.PoolETag(profile) != "" {
		t.Error("a resource without an object has an etag")
	}
	cluster, own := c.ETag(), c.PoolETag(pool)
	pool.Object.Generation++
	if c.ETag() != cluster || c.PoolETag(pool) == own {
		t.Error("a pool's write changes the pool's etag only")
	}
	own = c.PoolETag(pool)
	c.Object.Generation++
	if c.ETag() == cluster || c.PoolETag(pool) == own {
		t.Error("a cluster's write changes both etags")
	}
}

func TestFailed(t *testing.T) {
	done := profiled()
	done.Status.Operations = []v1alpha1.Operation{{Generation: 1, State: v1alpha1.Succeeded}}
	broken := profiled()
	broken.Status.Operations = []v1alpha1.Operation{{Generation: 1, State: v1alpha1.Failed}}
	for sentence, c := range map[string]struct {
		cluster Cluster
		want    bool
	}{
		"nothing has failed":       {Cluster{Object: done, PoolObjects: []v1alpha1.AgentPool{poolObject("np1", 1)}}, false},
		"the cluster has failed":   {Cluster{Object: broken}, true},
		"one of its pools has":     {Cluster{Object: done, PoolObjects: []v1alpha1.AgentPool{poolObject("np1", 1), poolObject("np2", 1, failed)}}, true},
		"a profile is not failure": {Cluster{Object: profiled("np1")}, false},
	} {
		if got := c.cluster.Failed(); got != c.want {
			t.Errorf("%s: got %v", sentence, got)
		}
	}
}

func TestFamily(t *testing.T) {
	c := Cluster{Object: profiled("new"), PoolObjects: []v1alpha1.AgentPool{poolObject("np1", 1)}}
	f := c.Family()
	if f.Parent.Name != "c1" || f.Parent.Kind != ClusterKind || len(f.Children) != 1 || f.Children[0].Object.GetName() != "np1" {
		t.Errorf("got %+v", f)
	}
	if profile, ok := c.Pool("new"); !ok || profile.Resource().Object != nil {
		t.Error("a pool without an object is not a resource without an object")
	}
	if _, ok := c.Pool("none"); ok {
		t.Error("there is no such pool")
	}
}

func TestOf(t *testing.T) {
	two := Of([]v1alpha1.ManagedCluster{*profiled(), {ObjectMeta: metav1.ObjectMeta{Name: "c2-x"}}}, []v1alpha1.AgentPool{poolObject("np1", 1), poolObject("np2", 1)})
	if len(two) != 2 || len(two[0].PoolObjects) != 2 || len(two[1].PoolObjects) != 0 || !two[1].Exists() {
		t.Errorf("got %+v", two)
	}
}

func TestVersion(t *testing.T) {
	if Version("1.37.2").String() != "1.37.2" || Version("unreadable").Compare(Version("1.0.0")) >= 0 {
		t.Error("a version that cannot be read is the oldest")
	}
}
