package scenario

import (
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
)

// sleeper is a cluster that one Lotse stops and a newer one starts: its nodes, and what its control plane's Pods were made from.
type sleeper struct {
	*subject
	nodes     map[string]types.UID
	templates map[string]corev1.PodTemplateSpec
}

// stopped stops a cluster.
func (f *fixture) stopped(s *story, of *subject) *sleeper {
	s.Helper()
	z := &sleeper{subject: of, nodes: uidsOf(s, of), templates: f.templates(s, of)}
	began := time.Now()
	_, err := lotse.cli(s.ctx, "cluster", "stop", "-g", of.group, "-n", of.name)
	s.need(err)
	s.Logf("stopping took %.1f s", time.Since(began).Seconds())
	return z
}

// wakes starts the cluster, and finds in it what was there.
func (z *sleeper) wakes(f *fixture, s *story) {
	s.Helper()
	began := time.Now()
	_, err := lotse.cli(s.ctx, "cluster", "start", "-g", z.group, "-n", z.name)
	s.need(err)
	s.Logf("starting took %.1f s", time.Since(began).Seconds())
	s.need(z.cluster.nodesReady(s.ctx, z.subject.nodes))
	if now := uidsOf(s, z.subject); !maps.Equal(now, z.nodes) {
		s.Errorf("its nodes are %v, and were %v", slices.Sorted(maps.Keys(now)), slices.Sorted(maps.Keys(z.nodes)))
	}
	after := f.templates(s, z.subject)
	for name, before := range z.templates {
		if !equality.Semantic.DeepEqual(before, after[name]) {
			s.Errorf("%s was rendered otherwise: %+v became %+v", name, before, after[name])
		}
	}
	s.until("its workload to serve", time.Minute, func() (bool, string) {
		pods, err := z.workloadPods(s.ctx)
		if err != nil {
			return false, err.Error()
		}
		return len(pods) == z.subject.nodes, fmt.Sprintf("%d Pods are ready", len(pods))
	})
	since := time.Now()
	s.until("its API to take writes", time.Minute, func() (bool, string) { return z.record.Since(since) })
	s.need(z.record.Verify(s.ctx)) // nothing that was acknowledged before is lost
}

// templates of the Pods of a control plane.
func (f *fixture) templates(s *story, of *subject) map[string]corev1.PodTemplateSpec {
	s.Helper()
	found, namespace := map[string]corev1.PodTemplateSpec{}, v1alpha1.ControlPlaneNamespace(of.object)
	sets, err := f.management.AppsV1().StatefulSets(namespace).List(s.ctx, metav1.ListOptions{})
	s.need(err)
	for _, set := range sets.Items {
		found[set.Name] = set.Spec.Template
	}
	deployments, err := f.management.AppsV1().Deployments(namespace).List(s.ctx, metav1.ListOptions{})
	s.need(err)
	for _, d := range deployments.Items {
		found[d.Name] = d.Spec.Template
	}
	return found
}

// uidsOf a cluster's nodes.
func uidsOf(s *story, of *subject) map[string]types.UID {
	s.Helper()
	all, err := of.kube.CoreV1().Nodes().List(s.ctx, metav1.ListOptions{})
	s.need(err)
	uids := map[string]types.UID{}
	for _, n := range all.Items {
		uids[n.Name] = n.UID
	}
	return uids
}
