package upgrade

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestRolling(t *testing.T) {
	of := func(name string, generation int64) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Generation: generation}
	}
	set := func(observed int64, updated int32) []*appsv1.StatefulSet {
		return []*appsv1.StatefulSet{{
			ObjectMeta: of("etcd", 2), Status: appsv1.StatefulSetStatus{ObservedGeneration: observed, Replicas: 1, UpdatedReplicas: updated},
		}}
	}
	deployment := func(observed int64, updated int32) []*appsv1.Deployment {
		return []*appsv1.Deployment{{
			ObjectMeta: of("kube-apiserver", 2), Status: appsv1.DeploymentStatus{ObservedGeneration: observed, Replicas: 1, UpdatedReplicas: updated},
		}}
	}
	tests := map[string]struct {
		sets        []*appsv1.StatefulSet
		deployments []*appsv1.Deployment
		want        []string
	}{
		"nothing rolls when all Pods are updated":                       {set(2, 1), deployment(2, 1), nil},
		"a StatefulSet whose controller has not seen it yet rolls":      {set(1, 1), deployment(2, 1), []string{"etcd"}},
		"a StatefulSet with an old Pod rolls":                           {set(2, 0), deployment(2, 1), []string{"etcd"}},
		"a Deployment whose controller has not seen it yet rolls":       {set(2, 1), deployment(1, 1), []string{"kube-apiserver"}},
		"a Deployment with an old Pod rolls":                            {set(2, 1), deployment(2, 0), []string{"kube-apiserver"}},
		"several roll at the same time, and a control plane may be new": {set(1, 0), deployment(1, 0), []string{"etcd", "kube-apiserver"}},
		"without workloads nothing rolls":                               {nil, nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Rolling(tt.sets, tt.deployments); !slices.Equal(got, tt.want) {
				t.Errorf("Rolling = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	tests := map[string]struct {
		healthy bool
		rolling []string
		want    string
	}{
		"an unhealthy control plane keeps its version":                     {false, nil, "1.36.1"},
		"an API server that is being replaced may still be the old one":    {true, []string{"kube-apiserver"}, "1.36.1"},
		"other components that are being replaced do not answer for it":    {true, []string{"kube-scheduler"}, "1.37.2"},
		"an API server that is as rendered has the version asked for":      {true, nil, "1.37.2"},
		"an unhealthy control plane that is being replaced is the old one": {false, []string{"kube-apiserver"}, "1.36.1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := &v1alpha1.ManagedCluster{}
			c.Spec.KubernetesVersion, c.Status.CurrentKubernetesVersion = "1.37.2", "1.36.1"
			if got := Version(c, tt.healthy, tt.rolling); got != tt.want {
				t.Errorf("Version = %q, want %q", got, tt.want)
			}
		})
	}
}
