package arm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// rotation: the authorities of a cluster are replaced by an operation, which runs alone.
func rotation(t *testing.T, w *world) {
	token, path := w.token(admin), mc+"/rotateClusterCertificates"+v
	mute := w.muteNode(t)
	if a := w.want(t, w.do(token, "POST", path, ""), 409, "OperationNotAllowed"); !strings.Contains(string(a.body), "node 'mute' does not say") {
		t.Errorf("got %s", a.body)
	}
	must(t, w.client.Delete(t.Context(), mute))
	w.want(t, w.do(w.token(reader), "POST", path, ""), 403, "AuthorizationFailed")
	w.want(t, w.do(token, "POST", mc+"-absent/rotateClusterCertificates"+v, ""), 404, "ResourceNotFound")
	w.operator.paused.Store(true)
	begun := w.want(t, w.do(token, "POST", path, ""), 202, "")
	if begun.Header.Get("Location") == "" || begun.Header.Get("Retry-After") == "" || len(begun.body) > 0 {
		t.Errorf("the answer leads nowhere: %v %s", begun.Header, begun.body)
	}
	if a := w.do(token, "GET", mc+v, ""); a.at("properties.provisioningState") != "RotatingClusterCertificates" {
		t.Errorf("got %s", a.body)
	}
	again := w.want(t, w.do(token, "POST", path, ""), 409, "OperationNotAllowed")
	if !strings.Contains(string(again.body), "in progress certificate rotation managed cluster operation") || again.Header.Get("Retry-After") == "" {
		t.Errorf("got %s", again.body)
	}
	w.want(t, w.do(token, "GET", begun.Header.Get("Location"), ""), 202, "")
	w.operator.paused.Store(false)
	w.succeed(t, token, begun)
	w.want(t, w.do(token, "GET", begun.Header.Get("Location"), ""), 200, "")
	w.succeed(t, token, w.want(t, w.do(token, "POST", path, ""), 202, "")) // it may be done again
}

// keyRotation: the key of service account tokens is replaced alone, also by Azure's own client. The next rotation is one of everything again.
func keyRotation(t *testing.T, w *world) {
	token, path := w.token(admin), mc+"/rotateServiceAccountSigningKeys"+v
	w.want(t, w.do(w.token(reader), "POST", path, ""), 403, "AuthorizationFailed")
	w.want(t, w.do(token, "POST", mc+"-absent/rotateServiceAccountSigningKeys"+v, ""), 404, "ResourceNotFound")
	begun := w.want(t, w.do(token, "POST", path, ""), 202, "")
	w.succeed(t, token, begun)
	w.want(t, w.do(token, "GET", begun.Header.Get("Location"), ""), 200, "")
	if c := w.cluster(t); c.Spec.KeyRotation != c.Spec.CertificateRotations {
		t.Errorf("everything is rotated: %+v", c.Spec)
	}
	poller, err := clientFactory(t, w).NewManagedClustersClient().BeginRotateServiceAccountSigningKeys(t.Context(), "rg1", "c1", nil)
	must(t, err)
	_, err = poller.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Second})
	must(t, err)

	c := w.cluster(t)
	own := c.Spec.CertificateRotations + 3 // authorities that had ended were replaced meanwhile
	c.Status.Rotation = &v1alpha1.CertificateRotation{Number: own, Since: metav1.Now()}
	must(t, w.client.Status().Update(t.Context(), c))
	w.succeed(t, token, w.want(t, w.do(token, "POST", mc+"/rotateClusterCertificates"+v, ""), 202, ""))
	if c := w.cluster(t); c.Spec.CertificateRotations != own+1 || c.Spec.KeyRotation > own {
		t.Errorf("the rotation is one that has been: %+v", c.Spec)
	}
}

// cluster that most tests work with, as it is stored.
func (w *world) cluster(t *testing.T) *v1alpha1.ManagedCluster {
	t.Helper()
	c := &v1alpha1.ManagedCluster{}
	key := client.ObjectKey{
		Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(v1alpha1.ManagedClusterID(sub1, "rg1", "c1")),
	}
	must(t, w.client.Get(t.Context(), key, c))
	return c
}

// muteNode is a node that is Ready and does not say which authorities it trusts.
func (w *world) muteNode(t *testing.T) *v1alpha1.Machine {
	t.Helper()
	cluster := v1alpha1.ObjectName(v1alpha1.ManagedClusterID(sub1, "rg1", "c1"))
	m := &v1alpha1.Machine{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: "mute", Labels: map[string]string{v1alpha1.LabelCluster: cluster},
		},
		Spec: v1alpha1.MachineSpec{
			ScaleSet: "set", Cluster: cluster, Hostname: "mute", Provider: "pod",
			Model: v1alpha1.MachineModel{VMSize: "Standard_B2s", Release: "v1", Image: "node", OSDiskSizeGB: 32, MaxPods: 110},
		},
	}
	must(t, w.client.Create(t.Context(), m))
	m.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.MachineReady, Status: metav1.ConditionTrue, Reason: "Kubelet", LastTransitionTime: metav1.Now(),
	}}
	must(t, w.client.Status().Update(t.Context(), m))
	return m
}
