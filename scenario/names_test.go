package scenario

import (
	"strings"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// resolved makes the API server call a webhook at a host, and returns how that failed. The API server does not look the name up itself:
// the call goes through the tunnel, and the name is one that the customer's machines know or not.
func (s *story) resolved(host string) string {
	s.Helper()
	hooks, one := s.kube.AdmissionregistrationV1().ValidatingWebhookConfigurations(), int32(1)
	url, none := "https://"+host+":6443/", admissionregistrationv1.SideEffectClassNone
	made, err := hooks.Create(s.ctx, &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{GenerateName: s.namespace + "-"},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name:                    "names.example.org",
			ClientConfig:            admissionregistrationv1.WebhookClientConfig{URL: &url},
			SideEffects:             &none,
			TimeoutSeconds:          &one,
			AdmissionReviewVersions: []string{"v1"},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: s.namespace}},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
			}},
		}},
	}, metav1.CreateOptions{})
	s.need(err)
	defer func() { s.need(hooks.Delete(s.ctx, made.Name, metav1.DeleteOptions{})) }()
	failure := ""
	s.until("the API server to call the webhook at "+host, 30*time.Second, func() (bool, string) {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "seen"}}
		_, err := s.kube.CoreV1().ConfigMaps(s.namespace).Create(s.ctx, object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil {
			return false, "it is not called yet"
		}
		failure = err.Error()
		return strings.Contains(failure, "failed calling webhook"), failure
	})
	var failures []string
	for _, known := range []string{"no such host", "refused", "x509", "deadline exceeded", "timeout"} {
		if strings.Contains(failure, known) {
			failures = append(failures, known)
		}
	}
	return strings.Join(failures, ", ")
}
