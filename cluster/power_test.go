package cluster

import (
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/provision"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/pki"
)

// TestAClusterIsStoppedAndStarted from any state in between: every change is a reconcile of its own, which knows nothing of the one before.
func TestAClusterIsStoppedAndStarted(t *testing.T) { stopsAndStarts(t, newEnvironment(t)) }

func stopsAndStarts(t *testing.T, s *environment) {
	t.Helper()
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it waits for its components and its pool is there already", func() bool { return s.operation().Percent == 20 && len(s.pools()) == 1 })
	s.simulateKubelet()
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	endpoint, roots := s.cluster.Status.Endpoint, s.secret(v1alpha1.SecretPKI).Data

	s.refusesAStopThatAWebhookBlocks()
	s.power(v1alpha1.Stopped)
	s.await("its pool is to stop first", func() bool {
		return v1alpha1.ProvisioningState(&s.pools()[0]) == v1alpha1.Stopping && s.operation().Waiting == "pool np1"
	})
	if s.replicas(v1alpha1.ComponentAPIServer) != 1 {
		t.Error("the API server went before the machines")
	}
	s.finishPool()
	s.await("then the servers go", func() bool {
		return s.replicas(v1alpha1.ComponentAPIServer) == 0 && s.replicas(v1alpha1.ComponentControllerManager) == 0
	})
	if s.replicas(v1alpha1.ComponentEtcd) != 1 {
		t.Error("the store went before what writes to it")
	}
	s.endPods(func(component string) bool { return component != v1alpha1.ComponentEtcd })
	s.await("then the store goes", func() bool { return s.replicas(v1alpha1.ComponentEtcd) == 0 })
	if s.operation(); s.cluster.Power() == v1alpha1.Stopped {
		t.Error("it is stopped while its store runs")
	}
	s.endPods(func(string) bool { return true })
	s.await("it is stopped", func() bool { return s.operation().State == v1alpha1.Succeeded && s.cluster.AtRest() })
	if c := s.cluster.Status; len(c.Components) > 0 || c.StoppedAt == nil || c.Endpoint != endpoint {
		t.Errorf("status is %+v", c)
	}

	s.yearsPass()
	s.power("")
	s.await("its pool starts beside its control plane", func() bool {
		pool := s.pools()[0]
		return v1alpha1.ProvisioningState(&pool) == v1alpha1.Starting && pool.Spec.ClusterPowerState == "" && s.replicas(v1alpha1.ComponentEtcd) == 1 &&
			s.replicas(v1alpha1.ComponentAPIServer) == 1 && s.replicas(v1alpha1.ComponentControllerManager) == 1
	})
	if s.operation(); s.cluster.Power() != v1alpha1.Stopped {
		t.Error("it runs before its API server answers")
	}
	s.simulateKubelet()
	s.await("it runs when its API server answers", func() bool { s.operation(); return s.cluster.Power() == v1alpha1.Running })
	s.finishPool()
	s.await("the start has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	if c := s.cluster.Status; c.Endpoint != endpoint || c.Wake == nil || c.Wake.NodesSeconds == nil || c.StoppedAt != nil {
		t.Errorf("status is %+v", c)
	}
	if string(s.secret(v1alpha1.SecretPKI).Data["cluster-ca.key"]) != string(roots["cluster-ca.key"]) {
		t.Error("the cluster's authority was replaced")
	}
	s.certificatesAreValid()
}

// yearsPass for a stopped cluster: every certificate that its Secrets hold has ended.
func (s *environment) yearsPass() {
	s.t.Helper()
	roots, err := pki.Parse(s.secret(v1alpha1.SecretPKI).Data)
	if err != nil {
		s.t.Fatal(err)
	}
	etcd := &corev1.Service{}
	s.get(etcd, s.ref().Namespace(), v1alpha1.ComponentEtcd)
	c := credentials.Cluster{
		Ref: s.ref(), Name: s.cluster.Spec.Name, Network: s.cluster.Spec.Network, Endpoint: s.cluster.Status.Endpoint, EtcdAddress: etcd.Spec.ClusterIP,
	}
	old, _, err := credentials.Secrets(c, roots, nil, time.Now().Add(-2*pki.Year))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, data := range old {
		secret := s.secret(name)
		secret.Data = data
		if err := s.Update(s.t.Context(), secret); err != nil {
			s.t.Fatal(err)
		}
		s.valid(name, false)
	}
}

// certificatesAreValid: all that ended were issued anew, and the status says when the first ends.
func (s *environment) certificatesAreValid() {
	s.t.Helper()
	for _, name := range []string{
		v1alpha1.ComponentEtcd, v1alpha1.SecretEtcdService, v1alpha1.ComponentAPIServer, v1alpha1.ComponentKonnectivity, v1alpha1.ComponentControllerManager,
		v1alpha1.ComponentScheduler, v1alpha1.SecretServiceKubeconfig, credentials.MetricsServer,
	} {
		s.valid(name, true)
	}
	if e := s.cluster.Status.Certificates; e == nil || e.NotAfter.Time.Before(time.Now().Add(pki.Year-time.Hour)) {
		s.t.Errorf("the status says that certificates end: %+v", e)
	}
}

func (s *environment) valid(secret string, want bool) {
	s.t.Helper()
	e := credentials.Expiry(credentials.Contents{secret: s.secret(secret).Data})
	if e == nil || e.NotAfter.After(time.Now()) != want {
		s.t.Errorf("the certificates of secret %s: %+v", secret, e)
	}
}

// TestAuthoritiesThatHaveEndedAreReplaced: a cluster comes back also when nothing that its authorities signed is accepted any more.
func TestAuthoritiesThatHaveEndedAreReplaced(t *testing.T) {
	s := newEnvironment(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it waits for its components", func() bool { return s.operation().Percent == 20 })
	s.simulateKubelet()
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	s.power(v1alpha1.Stopped)
	s.await("its pool is to stop", func() bool { return s.pools()[0].Spec.ClusterPowerState == v1alpha1.Stopped })
	s.finishPool()
	s.await("the servers go", func() bool { return s.replicas(v1alpha1.ComponentAPIServer) == 0 })
	s.endPods(func(component string) bool { return component != v1alpha1.ComponentEtcd })
	s.await("the store goes", func() bool { return s.replicas(v1alpha1.ComponentEtcd) == 0 })
	s.endPods(func(string) bool { return true })
	s.await("it is stopped", func() bool { return s.operation().State == v1alpha1.Succeeded && s.cluster.AtRest() })

	held := s.secret(v1alpha1.SecretPKI)
	encryption := held.Data["encryption.key"]
	old, err := pki.Complete(map[string][]byte{"encryption.key": encryption, "service-account.key": held.Data["service-account.key"]}, time.Now().Add(-31*pki.Year))
	if err != nil {
		t.Fatal(err)
	}
	held.Data = old
	if err := s.Update(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	s.power("")
	s.await("it has new authorities", func() bool {
		now := s.secret(v1alpha1.SecretPKI).Data
		return !pki.Expired(now, time.Now()) && string(now["encryption.key"]) == string(encryption)
	})
	s.await("its control plane starts with them", func() bool { return s.replicas(v1alpha1.ComponentAPIServer) == 1 })
	s.simulateKubelet()
	s.wantsTrust(pki.ClusterTrust(s.secret(v1alpha1.SecretPKI).Data))
	s.finishPool()
	s.await("the start has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	s.certificatesAreValid()
}

func TestAClusterThatIsStoppingCanBeDeleted(t *testing.T) {
	s := newEnvironment(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("its pool is there", func() bool { return s.operation().Percent == 20 && len(s.pools()) == 1 })
	s.simulateKubelet()
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	s.power(v1alpha1.Stopped)
	s.await("its pool is to stop", func() bool { return s.pools()[0].Spec.ClusterPowerState == v1alpha1.Stopped })
	s.leavesNothingBehind()
}

// TestAClusterIsCreatedStopped: it has its node resource group and nothing else, until it is started.
func TestAClusterIsCreatedStopped(t *testing.T) {
	s := newEnvironment(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.cluster.Spec.PowerState = v1alpha1.Stopped
	s.create(s.cluster)
	s.await("it is stopped", func() bool {
		return s.operation().State == v1alpha1.Succeeded && s.cluster.Status.PowerState == v1alpha1.Stopped
	})
	if !s.exists(&v1alpha1.ResourceGroup{}, namespace, provision.NodeGroup(s.cluster).Name) {
		t.Error("it has no node resource group")
	}
	if s.exists(&corev1.Namespace{}, "", s.ref().Namespace()) || len(s.pools()) > 0 || s.cluster.Status.StoppedAt == nil {
		t.Errorf("something of it is there: %+v", s.cluster.Status)
	}

	started := s.cluster.DeepCopy() // the front door keeps the profiles, which no pool was made of yet
	started.Spec.PowerState = ""
	v1alpha1.SetVerb(started, v1alpha1.Starting)
	if err := s.Patch(t.Context(), started, client.MergeFrom(s.cluster)); err != nil {
		t.Fatal(err)
	}
	s.await("its pool is there", func() bool { return len(s.pools()) == 1 })
	s.simulateKubelet()
	s.finishPool()
	s.await("the start has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	if c := s.cluster; c.Power() != v1alpha1.Running || c.Status.Wake == nil || c.Status.StoppedAt != nil || c.Status.Endpoint.Port == 0 {
		t.Errorf("status is %+v", c.Status)
	}
}

// refusesAStopThatAWebhookBlocks, and keeps the cluster as it is.
func (s *environment) refusesAStopThatAWebhookBlocks() {
	s.t.Helper()
	blocking := &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "policies"}, Webhooks: []admissionv1.ValidatingWebhook{{
		Name: "check.example.com", FailurePolicy: ptr.To(admissionv1.Fail), SideEffects: ptr.To(admissionv1.SideEffectClassNone), AdmissionReviewVersions: []string{"v1"},
		ClientConfig: admissionv1.WebhookClientConfig{URL: ptr.To("https://127.0.0.1:1/")},
		Rules: []admissionv1.RuleWithOperations{{
			Operations: []admissionv1.OperationType{admissionv1.OperationAll},
			Rule:       admissionv1.Rule{APIGroups: []string{"certificates.k8s.io"}, APIVersions: []string{"*"}, Resources: []string{"certificatesigningrequests"}},
		}},
	}}}
	s.create(blocking)
	s.power(v1alpha1.Stopped)
	s.await("the stop is refused", func() bool { return s.operation().State == v1alpha1.Failed })
	if e := s.operation().Error; e.Code != "ValidationError" || !strings.Contains(e.Message, "webhook check.example.com of ValidatingWebhookConfiguration policies") {
		s.t.Errorf("the error is %+v", e)
	}
	if s.cluster.StopWanted() || s.pools()[0].Spec.ClusterPowerState == v1alpha1.Stopped {
		s.t.Error("something was stopped")
	}
	if err := s.Delete(s.t.Context(), blocking); err != nil {
		s.t.Fatal(err)
	}
}

// power asks for another power state, as the front door does.
func (s *environment) power(to v1alpha1.PowerState) {
	s.t.Helper()
	s.refresh()
	written := s.cluster.DeepCopy()
	written.Spec.PowerState, written.Spec.PoolProfiles = to, nil
	written.Spec.Attempt++
	v1alpha1.SetVerb(written, v1alpha1.PowerVerb(to))
	if err := s.Patch(s.t.Context(), written, client.MergeFrom(s.cluster)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *environment) replicas(component string) int32 {
	s.t.Helper()
	if component == v1alpha1.ComponentAPIServer {
		d := &appsv1.Deployment{}
		s.get(d, s.ref().Namespace(), component)
		return *d.Spec.Replicas
	}
	set := &appsv1.StatefulSet{}
	s.get(set, s.ref().Namespace(), component)
	return *set.Spec.Replicas
}

// endPods of components, as their controllers do when they are scaled down.
func (s *environment) endPods(of func(component string) bool) {
	s.t.Helper()
	pods := &corev1.PodList{}
	if err := s.List(s.t.Context(), pods, client.InNamespace(s.ref().Namespace())); err != nil {
		s.t.Fatal(err)
	}
	for i := range pods.Items {
		if p := &pods.Items[i]; of(p.Labels[v1alpha1.LabelComponent]) {
			if err := s.Delete(s.t.Context(), p, client.GracePeriodSeconds(0)); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}
