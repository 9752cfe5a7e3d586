package cluster

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/rendering"
)

// TestANewerLotseRestartsNothing: workloads and add-ons that an older Lotse rendered stay as they are, also when they are repaired; with another release they
// are rendered anew.
func TestANewerLotseRestartsNothing(t *testing.T) {
	s := newEnvironment(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it waits for its components", func() bool { return s.operation().Percent == 20 })
	s.simulateKubelet()
	s.await("the add-ons are there", func() bool { return s.operation().Waiting == "pool np1" })
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })

	s.renderedByAnOlderLotse()
	before := s.generations()
	s.reconciler.forgetAddons(s.cluster.UID) // as a Lotse that has just started
	s.reconcileAgain()
	if after := s.generations(); after != before {
		t.Errorf("generations were %v and are %v", before, after)
	}
	s.hostedRequests.take()
	s.healsAnAddon()
	if got := s.labels(); got != "yes yes" {
		t.Errorf("a repair renders the add-on anew: %s", got)
	}

	newer := exampleRelease()
	newer.Name += "-newer"
	s.create(newer)
	s.refresh()
	s.cluster.Spec.Release = newer.Name
	if err := s.Update(t.Context(), s.cluster); err != nil {
		t.Fatal(err)
	}
	s.await("another release renders it anew", func() bool { return s.labels() == " " })
}

// renderedByAnOlderLotse changes the record, as if another Lotse had rendered Pods with a label more. The controller makes the cluster what is recorded.
func (s *environment) renderedByAnOlderLotse() {
	s.t.Helper()
	secret := s.secret(v1alpha1.SecretRendering)
	for key, content := range secret.Data {
		record, err := rendering.Decode(content)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, o := range record.Objects {
			switch o := o.(type) {
			case *appsv1.StatefulSet:
				metav1.SetMetaDataLabel(&o.Spec.Template.ObjectMeta, "older", "yes")
			case *appsv1.Deployment:
				metav1.SetMetaDataLabel(&o.Spec.Template.ObjectMeta, "older", "yes")
			}
		}
		if secret.Data[key], err = record.Encode(); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.Update(s.t.Context(), secret, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		s.t.Fatal(err)
	}
	s.await("the cluster is what is recorded", func() bool {
		s.reconciler.forgetAddons(s.cluster.UID)
		// The manager reconciles too, so one of the two may meet a conflict.
		_, err := s.reconciler.Reconcile(s.t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(s.cluster)})
		if err != nil && !apierrors.IsConflict(err) {
			s.t.Fatal(err)
		}
		return s.labels() == "yes yes"
	})
}

// labels by which the older Lotse's workloads are known, of one of each side.
func (s *environment) labels() string {
	etcd, dns := s.workloads()
	return etcd.Spec.Template.Labels["older"] + " " + dns.Spec.Template.Labels["older"]
}

func (s *environment) workloads() (*appsv1.StatefulSet, *appsv1.Deployment) {
	etcd, dns := &appsv1.StatefulSet{}, &appsv1.Deployment{}
	s.get(etcd, s.ref().Namespace(), v1alpha1.ComponentEtcd)
	s.get(dns, "kube-system", "coredns")
	return etcd, dns
}

// generations of a workload of each side, which rise when it is applied otherwise.
func (s *environment) generations() [2]int64 {
	etcd, dns := s.workloads()
	return [2]int64{etcd.Generation, dns.Generation}
}
