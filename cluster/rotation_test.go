package cluster

import (
	"bytes"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/machine/boot"
	"lotse.dev/pki"
)

// TestRotation: the authorities of a cluster are replaced in the order in which nothing refuses anything that it needs.
func TestRotation(t *testing.T) { rotates(t, newEnvironment(t)) }

func rotates(t *testing.T, s *environment) {
	t.Helper()
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it waits for its components", func() bool { return s.operation().Percent == 20 })
	s.simulateKubelet()
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	machine := s.readyMachine()
	before := s.secret(v1alpha1.SecretPKI).Data
	etcd, manager := s.mounts(v1alpha1.ComponentEtcd), s.mounts(v1alpha1.ComponentControllerManager)

	s.rotate()
	s.await("the API server gets new certificates and accepts the old ones", func() bool {
		data := s.secret(v1alpha1.ComponentAPIServer).Data
		return bytes.Contains(data["cluster-ca.crt"], before["cluster-ca.crt"]) && !bytes.Equal(data["cluster-ca.crt"], before["cluster-ca.crt"])
	})
	s.await("it waits for the control plane", func() bool { return s.stage() == v1alpha1.RotationRenewing && s.operation().Waiting != "" })
	if s.mounts(v1alpha1.ComponentControllerManager) != manager {
		t.Error("the controller manager signs with the new authority before the API server accepts it")
	}
	if s.cluster.Status.Rotation.Trust != "" {
		t.Error("machines are told before the API server accepts the new authority")
	}
	s.simulateKubelet()
	s.await("the controller manager follows", func() bool { return s.mounts(v1alpha1.ComponentControllerManager) != manager })
	s.simulateKubelet()
	both := s.wantsTrust(pki.ClusterTrust(s.secret(v1alpha1.SecretPKI).Data))
	s.await("it waits for the node", func() bool { return s.operation().Waiting == "node n1 to renew its certificates" })
	if s.mounts(v1alpha1.ComponentEtcd) != etcd {
		t.Error("etcd restarts although it accepts the new certificates")
	}

	s.reports(machine, both)
	s.await("Pods get time for their tokens", func() bool { return s.operation().Waiting == "Pods to read their new tokens" })
	s.letTimePass()
	s.await("then the old authorities are gone", func() bool { return s.stage() == v1alpha1.RotationRevoking })
	data := s.secret(v1alpha1.SecretPKI).Data
	if pki.Overlaps(data) || bytes.Contains(pki.ClusterTrust(data), before["cluster-ca.crt"]) || !bytes.Equal(data["encryption.key"], before["encryption.key"]) {
		t.Error("the previous authority is still there, or the encryption key is not")
	}
	s.await("etcd gets its new authority", func() bool { return s.mounts(v1alpha1.ComponentEtcd) != etcd })
	s.simulateKubelet()
	s.reports(machine, s.wantsTrust(data["cluster-ca.crt"]))
	s.await("the rotation has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	if verb := s.operation().Verb; verb != v1alpha1.RotatingClusterCertificates || s.stage() != "" || s.cluster.Status.Rotation.Revoked != 1 {
		t.Errorf("the operation was %s, the rotation is %+v", verb, s.cluster.Status.Rotation)
	}
}

// TestRotationOfTheKeyOfTokens: it is replaced in two steps, between which kubelets start again. Authorities and certificates stay.
func TestRotationOfTheKeyOfTokens(t *testing.T) {
	s := newEnvironment(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it waits for its components", func() bool { return s.operation().Percent == 20 })
	s.simulateKubelet()
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	machine := s.readyMachine()
	before, etcd, manager := s.secret(v1alpha1.SecretPKI).Data, s.mounts(v1alpha1.ComponentEtcd), s.mounts(v1alpha1.ComponentControllerManager)
	keys := func() []byte { return s.secret(v1alpha1.ComponentAPIServer).Data["service-account.pub"] }
	old, server := keys(), s.secret(v1alpha1.ComponentAPIServer).Data["server.crt"]

	s.rotate(func(spec *v1alpha1.ManagedClusterSpec) { spec.KeyRotation = spec.CertificateRotations })
	s.await("the API server gets the new key, and accepts the old one", func() bool { return bytes.Contains(keys(), old) && len(keys()) > len(old) })
	s.await("it waits for the control plane", func() bool { return s.stage() == v1alpha1.RotationRenewing && s.operation().Waiting != "" })
	s.simulateKubelet()
	s.await("the controller manager follows", func() bool { return s.mounts(v1alpha1.ComponentControllerManager) != manager })
	s.simulateKubelet()
	trust := string(pki.NodeTrust(s.secret(v1alpha1.SecretPKI).Data))
	if hash := s.wantsTrust([]byte(trust)); hash == boot.TrustHash(string(before["cluster-ca.crt"])) {
		t.Error("kubelets have no reason to start again")
	}
	s.await("it waits for the node", func() bool { return s.operation().Waiting == "node n1 to renew its certificates" })
	s.reports(machine, boot.TrustHash(trust))
	s.await("Pods get time for their tokens", func() bool { return s.operation().Waiting == "Pods to read their new tokens" })
	both := s.serverMounts()
	s.letTimePass()
	s.await("then the old key is gone", func() bool { return !bytes.Contains(keys(), old) && s.serverMounts() != both })
	s.simulateKubelet()
	s.await("the rotation has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	data := s.secret(v1alpha1.SecretPKI).Data
	for _, kept := range []string{"cluster-ca.crt", "etcd-ca.crt", "front-proxy-ca.key", "encryption.key"} {
		if !bytes.Equal(data[kept], before[kept]) {
			t.Errorf("%s was replaced", kept)
		}
	}
	if pki.Overlaps(data) || bytes.Equal(data["service-account.key"], before["service-account.key"]) {
		t.Error("the key was not replaced")
	}
	if s.mounts(v1alpha1.ComponentEtcd) != etcd || !bytes.Equal(s.secret(v1alpha1.ComponentAPIServer).Data["server.crt"], server) {
		t.Error("certificates were issued anew")
	}
}

// rotate asks for a rotation, as the front door does.
func (s *environment) rotate(narrow ...func(*v1alpha1.ManagedClusterSpec)) {
	s.t.Helper()
	s.refresh()
	asked := s.cluster.DeepCopy()
	asked.Spec.CertificateRotations++
	for _, narrow := range narrow {
		narrow(&asked.Spec)
	}
	v1alpha1.SetVerb(asked, v1alpha1.RotatingClusterCertificates)
	if err := s.Patch(s.t.Context(), asked, client.MergeFrom(s.cluster)); err != nil {
		s.t.Fatal(err)
	}
}

// letTimePass moves the time at which the nodes were done a minute into the past.
func (s *environment) letTimePass() {
	s.t.Helper()
	s.await("the status to be written", func() bool {
		s.refresh()
		s.cluster.Status.Rotation.RenewedAt = ptr.To(metav1.NewTime(time.Now().Add(-time.Minute)))
		err := s.Status().Update(s.t.Context(), s.cluster)
		if err != nil && !apierrors.IsConflict(err) {
			s.t.Fatal(err)
		}
		return err == nil
	})
}

func (s *environment) stage() string {
	s.refresh()
	if s.cluster.Status.Rotation == nil {
		return ""
	}
	return s.cluster.Status.Rotation.Stage
}

// mounts is the hash of the Secrets that a component's Pods are made with.
func (s *environment) mounts(component string) string {
	s.t.Helper()
	set := &appsv1.StatefulSet{}
	s.get(set, s.ref().Namespace(), component)
	return set.Spec.Template.Annotations[controlplane.AnnotationCredentials]
}

// serverMounts is mounts of the API server.
func (s *environment) serverMounts() string {
	s.t.Helper()
	d := &appsv1.Deployment{}
	s.get(d, s.ref().Namespace(), v1alpha1.ComponentAPIServer)
	return d.Spec.Template.Annotations[controlplane.AnnotationCredentials]
}

// wantsTrust waits until machines are told to trust authorities, and returns the hash by which they are told.
func (s *environment) wantsTrust(authorities []byte) string {
	s.t.Helper()
	hash := boot.TrustHash(string(authorities))
	s.await("machines are told", func() bool {
		s.refresh()
		return s.cluster.Status.Rotation.Trust == hash
	})
	return hash
}

func (s *environment) readyMachine() *v1alpha1.Machine {
	s.t.Helper()
	m := &v1alpha1.Machine{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "n1", Labels: map[string]string{
			v1alpha1.LabelCluster: s.cluster.Name, v1alpha1.LabelSubscription: subscription,
		}},
		Spec: v1alpha1.MachineSpec{
			ScaleSet: "set", Cluster: s.cluster.Name, Hostname: "n1", Provider: "pod",
			Model: v1alpha1.MachineModel{VMSize: "Standard_B2s", Release: s.cluster.Spec.Release, Image: "node", OSDiskSizeGB: 32, MaxPods: 110},
		},
	}
	s.create(m)
	m.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.MachineReady, Status: metav1.ConditionTrue, Reason: "Kubelet", LastTransitionTime: metav1.Now(),
	}}
	s.updateStatus(m)
	return m
}

func (s *environment) reports(m *v1alpha1.Machine, trust string) {
	s.t.Helper()
	m.Status.Trust = trust
	s.updateStatus(m)
}
