package drain_test

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/apitest"
	"lotse.dev/machine/drain"
)

// TestARefusalIsNotAnEnd runs on a real API server with a webhook that refuses evictions in the words in which the API server says that a Pod
// is gone.
func TestARefusalIsNotAnEnd(t *testing.T) {
	c, err := client.New(apitest.Start(t), client.Options{Scheme: clientscheme.Scheme})
	must(t, err)
	refused := map[string]metav1.Status{
		"missing":  {Code: http.StatusNotFound, Reason: metav1.StatusReasonNotFound, Details: &metav1.StatusDetails{Name: "missing", Kind: "pods"}},
		"conflict": {Code: http.StatusConflict, Reason: metav1.StatusReasonConflict},
	}
	plan := drain.Plan{}
	for _, name := range []string{"missing", "conflict", "removed", "replaced"} {
		plan.Evict = append(plan.Evict, *workload(t, c, name, nil))
	}
	for _, name := range []string{"removed", "replaced"} {
		must(t, c.Delete(t.Context(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}}, client.GracePeriodSeconds(0)))
	}
	workload(t, c, "replaced", nil)
	refuse(t, c, refused)

	for end, of := range map[string]func() (string, error){
		"evicting": func() (string, error) { return drain.Evict(t.Context(), c, plan) },
		"deleting": func() (string, error) { return drain.Delete(t.Context(), c, plan) },
	} {
		waiting, err := of()
		must(t, err)
		for name := range refused {
			if !strings.Contains(waiting, "Pod default/"+name+", which is refused: ") || !strings.Contains(waiting, `admission webhook "keep.example.com" denied the request`) {
				t.Errorf("%s: the refusal of Pod %s is not named: %s", end, name, waiting)
			}
		}
		if strings.Contains(waiting, "removed") || strings.Contains(waiting, "replaced") {
			t.Errorf("%s: a Pod that is gone is waited for: %s", end, waiting)
		}
	}
	for i, p := range plan.Evict {
		if left := leaving(t, c, p.DeepCopy()); left != (p.Name == "removed") {
			t.Errorf("%s, the Pod number %d, has been ended: %t", p.Name, i, left)
		}
	}
}

// refuse the ends of Pods by their names.
func refuse(t *testing.T, c client.Client, statuses map[string]metav1.Status) {
	t.Helper()
	probe := workload(t, c, "probe", nil)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review admissionv1.AdmissionReview
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			t.Errorf("the webhook was sent what it cannot read: %v", err)
			return
		}
		status, found := statuses[review.Request.Name]
		if review.Request.Name == probe.Name {
			status, found = metav1.Status{Code: http.StatusForbidden}, true
		}
		review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: !found, Result: &status}
		_ = json.NewEncoder(w).Encode(review) // the API server reports what it could not read
	}))
	t.Cleanup(server.Close)
	none, always := admissionregistrationv1.SideEffectClassNone, admissionregistrationv1.Fail
	must(t, c.Create(t.Context(), &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "keep"},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name: "keep.example.com", SideEffects: &none, FailurePolicy: &always, AdmissionReviewVersions: []string{"v1"},
			ClientConfig: admissionregistrationv1.WebhookClientConfig{
				URL: &server.URL, CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
			},
			Rules: []admissionregistrationv1.RuleWithOperations{
				rule(admissionregistrationv1.Create, "pods/eviction"), rule(admissionregistrationv1.Delete, "pods"),
			},
		}},
	}))
	for end := time.Now().Add(time.Minute); c.Delete(t.Context(), probe.DeepCopy(), client.DryRunAll) == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the API server does not ask the webhook")
		}
	}
}

func rule(operation admissionregistrationv1.OperationType, resource string) admissionregistrationv1.RuleWithOperations {
	return admissionregistrationv1.RuleWithOperations{
		Operations: []admissionregistrationv1.OperationType{operation},
		Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{resource}},
	}
}
