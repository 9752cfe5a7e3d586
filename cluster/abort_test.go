package cluster

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// TestAnAbortedCluster halts with its pools, and goes on with its next write: a creation before its control plane is up, and an update after.
func TestAnAbortedCluster(t *testing.T) { aborts(t, newEnvironment(t)) }

func aborts(t *testing.T, s *environment) {
	t.Helper()
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("its pool is there", func() bool { return s.operation().Percent == 20 && len(s.pools()) == 1 })
	s.abort()
	if pool := s.pools()[0]; !v1alpha1.Aborted(&pool) {
		t.Error("the operation of its pool goes on")
	}
	s.finishPool() // as its controller does
	if pool := s.pools()[0]; v1alpha1.ProvisioningState(&pool) != string(v1alpha1.Canceled) {
		t.Errorf("the pool is %s", v1alpha1.ProvisioningState(&pool))
	}

	t.Log("the same write goes on, and the pool with it")
	s.write(func(spec *v1alpha1.ManagedClusterSpec) { spec.Attempt++; spec.PoolProfiles[0].Attempt++ })
	s.simulateKubelet()
	s.await("its pool has begun again", func() bool {
		pool := s.pools()[0]
		return v1alpha1.CurrentOperation(&pool).State == v1alpha1.InProgress
	})
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })

	t.Log("an update that is aborted makes no pool more")
	s.closed.Store(true)
	s.write(func(spec *v1alpha1.ManagedClusterSpec) {
		more := *spec.PoolProfiles[0].DeepCopy()
		more.Name = "np2"
		spec.PoolProfiles = append(spec.PoolProfiles, more)
	})
	s.await("it waits to make the pool", func() bool { return s.operation().Waiting == "the maintenance window" })
	s.abort()
	s.closed.Store(false)
	policies := &networkingv1.NetworkPolicyList{}
	if err := s.List(t.Context(), policies, client.InNamespace(s.ref().Namespace())); err != nil || len(policies.Items) == 0 {
		t.Fatalf("policies %v: %v", policies.Items, err)
	}
	policy := policies.Items[0]
	if err := s.Delete(t.Context(), &policy); err != nil {
		t.Fatal(err)
	}
	s.await("its control plane is kept as it was", func() bool { return s.exists(&networkingv1.NetworkPolicy{}, policy.Namespace, policy.Name) })
	if n := len(s.pools()); n != 1 {
		t.Errorf("it has %d pools after the abort", n)
	}
	s.write(func(spec *v1alpha1.ManagedClusterSpec) { spec.Attempt++ })
	s.await("the next write makes it", func() bool { return len(s.pools()) == 2 })
	pools := s.pools()
	for i := range pools {
		operation.Settle(&pools[i], "Pool", operation.Outcome{}, metav1.Now())
		s.updateStatus(&pools[i])
	}
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	s.leavesNothingBehind()
}

// abort the cluster's operation, as the front door does.
func (s *environment) abort() {
	s.t.Helper()
	s.refresh()
	before := s.cluster.DeepCopy()
	v1alpha1.SetAbort(s.cluster)
	if err := s.Patch(s.t.Context(), s.cluster, client.MergeFrom(before)); err != nil {
		s.t.Fatal(err)
	}
	s.await("the operation is canceled", func() bool { return s.operation().State == v1alpha1.Canceled })
}

func (s *environment) write(change func(*v1alpha1.ManagedClusterSpec)) {
	s.t.Helper()
	s.refresh()
	written := s.cluster.DeepCopy()
	change(&written.Spec)
	if err := s.Patch(s.t.Context(), written, client.MergeFrom(s.cluster)); err != nil {
		s.t.Fatal(err)
	}
}
