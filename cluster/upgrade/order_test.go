package upgrade

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

func TestBefore(t *testing.T) {
	for sentence, c := range map[string]struct {
		workload   string
		unfinished []string
		want       string
	}{
		"nothing waits where all is finished":                      {"kube-controller-manager", nil, ""},
		"the store waits for nothing":                              {"etcd", []string{"etcd", "kube-apiserver", "kube-controller-manager"}, ""},
		"the API server waits for the store":                       {"kube-apiserver", []string{"etcd"}, "etcd"},
		"the API server does not wait for itself":                  {"kube-apiserver", []string{"kube-apiserver"}, ""},
		"nor for what comes after it":                              {"kube-apiserver", []string{"kube-controller-manager"}, ""},
		"controller manager and scheduler wait for the API server": {"kube-controller-manager", []string{"kube-apiserver"}, "kube-apiserver"},
		"and for the store first":                                  {"kube-controller-manager", []string{"kube-apiserver", "etcd"}, "etcd"},
		"what has no images has no place in the order":             {"audit", []string{"etcd", "kube-apiserver"}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := Before(c.workload, func(name string) bool { return slices.Contains(c.unfinished, name) })
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestReimaged(t *testing.T) {
	pod := func(images ...string) corev1.PodTemplateSpec {
		spec := corev1.PodSpec{}
		for _, image := range images {
			spec.Containers = append(spec.Containers, corev1.Container{Image: image})
		}
		return corev1.PodTemplateSpec{Spec: spec}
	}
	set := func(images ...string) client.Object {
		return &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Template: pod(images...)}}
	}
	deployment := func(images ...string) client.Object {
		return &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: pod(images...)}}
	}
	for sentence, c := range map[string]struct {
		live, rendered client.Object
		want           bool
	}{
		"the same images are no other ones":        {set("a", "b"), set("a", "b"), false},
		"one other image counts, in a StatefulSet": {set("a", "b"), set("a", "c"), true},
		"and in a Deployment":                      {deployment("a"), deployment("b"), true},
		"another container is another image":       {deployment("a"), deployment("a", "b"), true},
		"what has no Pods has no images":           {&corev1.PersistentVolumeClaim{}, &corev1.PersistentVolumeClaim{}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Reimaged(c.live, c.rendered); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestUnderway(t *testing.T) {
	for sentence, c := range map[string]struct {
		asked, has string
		want       bool
	}{
		"a cluster that was never up is not upgraded":   {"1.37.2", "", false},
		"one that runs what it asks for is not, either": {"1.37.2", "1.37.2", false},
		"one that asks for another version is":          {"1.37.2", "1.36.3", true},
	} {
		t.Run(sentence, func(t *testing.T) {
			cluster := &v1alpha1.ManagedCluster{}
			cluster.Spec.KubernetesVersion, cluster.Status.CurrentKubernetesVersion = c.asked, c.has
			if got := Underway(cluster); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
