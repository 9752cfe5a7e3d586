package cluster

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
)

// newerRelease differs in what has Kubernetes in it, and in one add-on.
func newerRelease() *v1alpha1.Release {
	r := exampleRelease()
	r.Name, r.Spec.KubernetesVersion = "v1.38.0-1", "1.38.0"
	for _, name := range []string{"kubernetes", "node", "coredns"} {
		r.Spec.Images[name] = strings.Replace(r.Spec.Images[name], "v1-11111111", "v2-22222222", 1)
	}
	return r
}

// TestAControlPlaneIsUpgradedOneComponentAfterTheOther against a real API server.
func TestAControlPlaneIsUpgradedOneComponentAfterTheOther(t *testing.T) {
	upgrades(t, newEnvironment(t))
}

func upgrades(t *testing.T, s *environment) {
	t.Helper()
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(newerRelease())
	s.create(s.cluster)
	s.await("it is being provisioned", func() bool { return s.operation().Percent == 20 })
	s.simulateKubelet()
	s.await("it waits for its pool", func() bool { return s.operation().Waiting == "pool np1" })
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })

	written := s.cluster.DeepCopy()
	written.Spec.KubernetesVersion, written.Spec.Release = "1.38.0", "v1.38.0-1"
	written.Spec.PoolProfiles[0].OrchestratorVersion, written.Spec.PoolProfiles[0].Release = "1.38.0", "v1.38.0-1"
	if err := s.Patch(t.Context(), written, client.MergeFrom(s.cluster)); err != nil {
		t.Fatal(err)
	}
	s.await("the API server gets its new image", func() bool { return s.newer(v1alpha1.ComponentAPIServer) })
	s.waitsToBeReplaced(v1alpha1.ComponentAPIServer)
	if s.newer(v1alpha1.ComponentControllerManager) {
		t.Error("controllers and scheduler are newer than the API server")
	}
	s.simulateKubelet()
	s.await("controllers and scheduler follow", func() bool { return s.newer(v1alpha1.ComponentControllerManager) })
	s.waitsToBeReplaced(v1alpha1.ComponentControllerManager)
	if s.pools()[0].Spec.OrchestratorVersion != "1.37.2" || strings.Contains(s.dnsImage(), "v2") || s.cluster.Status.CurrentKubernetesVersion != "1.37.2" {
		t.Errorf("pool %s, DNS %s, status %s: they do not wait for the control plane",
			s.pools()[0].Spec.OrchestratorVersion, s.dnsImage(), s.cluster.Status.CurrentKubernetesVersion)
	}
	s.simulateKubelet()
	s.await("pool and add-ons follow", func() bool {
		return s.pools()[0].Spec.OrchestratorVersion == "1.38.0" && strings.Contains(s.dnsImage(), "v2-22222222")
	})
	if pool := s.pools()[0]; v1alpha1.ProvisioningState(&pool) != v1alpha1.Upgrading {
		t.Errorf("the pool's provisioning state is %s", v1alpha1.ProvisioningState(&pool))
	}
	s.finishPool()
	s.await("it has succeeded", func() bool {
		return s.operation().State == v1alpha1.Succeeded && s.cluster.Status.CurrentKubernetesVersion == "1.38.0"
	})
}

// waitsToBeReplaced until the operation names the component.
func (s *environment) waitsToBeReplaced(component string) {
	s.t.Helper()
	s.await("the operation says that "+component+" is being replaced", func() bool {
		return strings.Contains(s.operation().Waiting, component+" (being replaced)")
	})
}

// newer reports whether a workload of the control plane is to run the newer release.
func (s *environment) newer(component string) bool {
	s.t.Helper()
	return slices.ContainsFunc(s.podSpec(component).Containers, func(c corev1.Container) bool { return strings.Contains(c.Image, "kubernetes:v2-22222222") })
}

func (s *environment) dnsImage() string {
	s.t.Helper()
	dns := &appsv1.Deployment{}
	s.get(dns, "kube-system", "coredns")
	return dns.Spec.Template.Spec.Containers[0].Image
}

// TestAnAbortedUpgradeGoesOnWithTheNextWrite against a real API server: what the API server has begun goes on, and what follows it waits.
func TestAnAbortedUpgradeGoesOnWithTheNextWrite(t *testing.T) { abortsAnUpgrade(t, newEnvironment(t)) }

func abortsAnUpgrade(t *testing.T, s *environment) {
	t.Helper()
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(newerRelease())
	s.create(s.cluster)
	s.await("it is being provisioned", func() bool { return s.operation().Percent == 20 })
	s.simulateKubelet()
	s.await("it waits for its pool", func() bool { return s.operation().Waiting == "pool np1" })
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })

	s.write(func(spec *v1alpha1.ManagedClusterSpec) {
		spec.KubernetesVersion, spec.Release = "1.38.0", "v1.38.0-1"
		spec.PoolProfiles[0].OrchestratorVersion, spec.PoolProfiles[0].Release = "1.38.0", "v1.38.0-1"
	})
	s.await("the API server gets its new image", func() bool { return s.newer(v1alpha1.ComponentAPIServer) })
	s.abort()
	s.simulateKubelet()
	before := s.credentials(v1alpha1.ComponentControllerManager)
	s.await("the controllers' Secret is gone", func() bool {
		return s.Delete(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.ref().Namespace(), Name: v1alpha1.ComponentControllerManager}}) == nil
	})
	s.await("controllers and scheduler get new certificates", func() bool { return s.credentials(v1alpha1.ComponentControllerManager) != before })
	s.refresh()
	if s.newer(v1alpha1.ComponentControllerManager) || s.cluster.Status.CurrentKubernetesVersion != "1.37.2" || s.pools()[0].Spec.OrchestratorVersion != "1.37.2" ||
		strings.Contains(s.dnsImage(), "v2") {
		t.Errorf("an aborted upgrade goes on: controllers newer %t, status %s, pool %s, DNS %s", s.newer(v1alpha1.ComponentControllerManager),
			s.cluster.Status.CurrentKubernetesVersion, s.pools()[0].Spec.OrchestratorVersion, s.dnsImage())
	}
	s.write(func(spec *v1alpha1.ManagedClusterSpec) { spec.Attempt++ })
	s.await("controllers and scheduler follow", func() bool { return s.newer(v1alpha1.ComponentControllerManager) })
	s.simulateKubelet()
	s.await("its pool follows", func() bool { return s.pools()[0].Spec.OrchestratorVersion == "1.38.0" })
	s.finishPool()
	s.await("it has succeeded", func() bool {
		return s.operation().State == v1alpha1.Succeeded && s.cluster.Status.CurrentKubernetesVersion == "1.38.0"
	})
}

// credentials that the Pods of a component are to have, as their annotation names them.
func (s *environment) credentials(component string) string {
	s.t.Helper()
	set := &appsv1.StatefulSet{}
	s.get(set, s.ref().Namespace(), component)
	return set.Spec.Template.Annotations[controlplane.AnnotationCredentials]
}
