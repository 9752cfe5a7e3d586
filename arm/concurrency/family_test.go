package concurrency

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func cluster(change ...func(*v1alpha1.ManagedCluster)) *v1alpha1.ManagedCluster {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{
		Namespace: "sub-s", Name: "c1-x", UID: "aa", Generation: 1, CreationTimestamp: metav1.NewTime(now)}}
	c.Spec.Name, c.Status.ObservedGeneration = "c1", 1
	c.Status.Operations = []v1alpha1.Operation{{Generation: 1, State: v1alpha1.Succeeded}}
	for _, f := range change {
		f(c)
	}
	return c
}

func pool(name, uid string, generation int64, change ...func(*v1alpha1.AgentPool)) *v1alpha1.AgentPool {
	p := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{
		Namespace: "sub-s", Name: name + "-x", UID: types.UID(uid), Generation: generation, CreationTimestamp: metav1.NewTime(now)}}
	p.Spec.Name, p.Status.ObservedGeneration = name, generation
	p.Status.Operations = []v1alpha1.Operation{{Generation: generation, State: v1alpha1.Succeeded}}
	for _, f := range change {
		f(p)
	}
	return p
}

func child(p *v1alpha1.AgentPool) Resource {
	return Resource{Kind: "ap", Noun: "agent pool", Name: p.Spec.Name, Object: p}
}

func family(c *v1alpha1.ManagedCluster, pools ...*v1alpha1.AgentPool) Family {
	f := Family{Parent: Resource{Kind: "mc", Noun: "managed cluster", Name: "c1", Object: c}}
	for _, p := range pools {
		f.Children = append(f.Children, child(p))
	}
	return f
}

func lockedBy(text string) func(*v1alpha1.ManagedCluster) {
	return func(c *v1alpha1.ManagedCluster) { annotate(c, v1alpha1.AnnotationLock, text) }
}
