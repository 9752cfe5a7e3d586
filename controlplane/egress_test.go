package controlplane_test

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"
)

// webhook answers at an address that this machine, and so the API server's process, can reach without any tunnel.
type webhook struct{ asked atomic.Int32 }

// webhook is registered by its URL for ConfigMaps in namespace default.
func (r *running) webhook(t *testing.T, c kubernetes.Interface) *webhook {
	t.Helper()
	w := &webhook{}
	server := httptest.NewTLSServer(w)
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	_, err := c.AdmissionregistrationV1().ValidatingWebhookConfigurations().Create(t.Context(), &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "by-url"},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name:                    "by-url.example.org",
			ClientConfig:            admissionregistrationv1.WebhookClientConfig{URL: ptr.To(server.URL), CABundle: authority},
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
			TimeoutSeconds:          ptr.To[int32](2),
			AdmissionReviewVersions: []string{"v1"},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: "default"}},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
			}},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *webhook) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(in.Body).Decode(&review); err != nil || review.Request == nil {
		http.Error(out, "no review", http.StatusBadRequest)
		return
	}
	w.asked.Add(1)
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	_ = json.NewEncoder(out).Encode(review)
}

// notCalled: without a node for the tunnel, the webhook is not called. The API server takes a moment to read its configuration.
func (w *webhook) notCalled(t *testing.T, c kubernetes.Interface) {
	for {
		err := configMap(t, c)
		if w.asked.Load() > 0 {
			t.Fatal("the API server dialled the webhook itself")
		}
		if err == nil {
			continue
		}
		if !strings.Contains(err.Error(), "failed calling webhook") {
			t.Fatal(err)
		}
		return
	}
}

// called: the webhook is called through the tunnel. On a busy machine its first answers may come later than the API server waits.
func (w *webhook) called(t *testing.T, c kubernetes.Interface) {
	var err error
	for range 20 {
		if err = configMap(t, c); err == nil {
			break
		}
	}
	if err != nil || w.asked.Load() == 0 {
		t.Errorf("the webhook was asked %d times: %v", w.asked.Load(), err)
	}
}

func configMap(t *testing.T, c kubernetes.Interface) error {
	t.Helper()
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "seen-"}}
	_, err := c.CoreV1().ConfigMaps("default").Create(t.Context(), object, metav1.CreateOptions{})
	return err
}
