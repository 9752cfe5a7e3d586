package scenario

import (
	"context"
	"crypto/x509/pkix"
	"io"
	"net/http"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"

	"lotse.dev/pki"
)

// freshRequest asks the API server by its public address, on a connection of its own, as every command does.
func (s *story) freshRequest(ctx context.Context) error {
	configured, err := rest.TLSConfigFor(s.config)
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: configured, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.config.Host+"/api/v1/namespaces/default", nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return statusError(response.Status)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

type statusError string

func (e statusError) Error() string { return string(e) }

func (s *story) execIn(p corev1.Pod) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.cluster.exec(ctx, p.Namespace, p.Name, "/bin/busybox", "true")
		return err
	}
}

func (s *story) logsOf(p corev1.Pod) func(context.Context) error {
	return func(ctx context.Context) error {
		lines := int64(1)
		return s.kube.CoreV1().Pods(p.Namespace).GetLogs(p.Name, &corev1.PodLogOptions{TailLines: &lines}).Do(ctx).Error()
	}
}

// metricsOfNodes is what kubectl top asks for.
func (s *story) metricsOfNodes(ctx context.Context) error {
	return s.kube.CoreV1().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/nodes").Do(ctx).Error()
}

// createAdmitted creates what the webhook has to admit, and does not keep it.
func (s *story) createAdmitted(ctx context.Context) error {
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "admitted"}}
	_, err := s.kube.CoreV1().ConfigMaps(s.namespace).Create(ctx, object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// webhook runs one in the story's namespace that must admit each ConfigMap made there.
func (s *story) webhook() {
	s.Helper()
	host := "admit." + s.namespace + ".svc"
	authority, err := pki.NewAuthority(pkix.Name{CommonName: "story"}, time.Hour, time.Now())
	s.need(err)
	pair, err := authority.Issue(pki.Leaf{CommonName: host, DNSNames: []string{host}}, time.Now())
	s.need(err)
	_, err = s.kube.CoreV1().Secrets(s.namespace).Create(s.ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "admit"}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{"tls.crt": pair.Certificate, "tls.key": pair.Key},
	}, metav1.CreateOptions{})
	s.need(err)
	image, err := pushed()
	s.need(err)
	t := template("admit", image, "/probe", "admit", "/tls")
	t.Spec.Volumes = []corev1.Volume{{Name: "tls", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "admit"}}}}
	t.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "tls", MountPath: "/tls"}}
	s.run(t)
	_, err = s.kube.CoreV1().Services(s.namespace).Create(s.ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "admit"},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": "admit"}, Ports: []corev1.ServicePort{{Port: 443, TargetPort: intstr.FromInt32(8443)}},
		},
	}, metav1.CreateOptions{})
	s.need(err)
	s.register(authority.Certificate)
}

func (s *story) register(authority []byte) {
	s.Helper()
	hooks, five := s.kube.AdmissionregistrationV1().ValidatingWebhookConfigurations(), int32(5)
	none := admissionregistrationv1.SideEffectClassNone
	made, err := hooks.Create(s.ctx, &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{GenerateName: s.namespace + "-"},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name: "admit.example.org",
			ClientConfig: admissionregistrationv1.WebhookClientConfig{
				CABundle: authority, Service: &admissionregistrationv1.ServiceReference{Namespace: s.namespace, Name: "admit"},
			},
			SideEffects:             &none,
			TimeoutSeconds:          &five,
			AdmissionReviewVersions: []string{"v1"},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: s.namespace}},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
			}},
		}},
	}, metav1.CreateOptions{})
	s.need(err)
	s.Cleanup(func() { _ = hooks.Delete(context.Background(), made.Name, metav1.DeleteOptions{}) })
}
