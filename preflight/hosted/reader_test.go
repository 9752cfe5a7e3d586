package hosted

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	resourcev1 "k8s.io/api/resource/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
	"lotse.dev/controlplane/access"
	"lotse.dev/preflight"
	"lotse.dev/release"
)

// clusters have one API server, or none for a reason.
type clusters struct {
	client client.Client
	err    error
}

func (c clusters) For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error) {
	return c.client, c.err
}

func credential(config *rest.Config) func(context.Context, *v1alpha1.ManagedCluster) (*rest.Config, error) {
	return func(context.Context, *v1alpha1.ManagedCluster) (*rest.Config, error) { return config, nil }
}

// unknowns are the reasons of all questions that have no answer.
func unknowns(c preflight.Cluster) []string {
	all := []string{c.Budgets.Unknown, c.Crowded.Unknown, c.APIs.Unknown, c.Webhooks.Unknown}
	for _, s := range []release.Subject{release.DRADrivers, release.NodeLogRoles} {
		all = append(all, c.Subjects[s].Unknown)
	}
	return all
}

func TestAClusterThatDoesNotAnswerIsUnknownInEverything(t *testing.T) {
	gone := &rest.Config{Host: "https://127.0.0.1:1"}
	unreachable, err := client.New(gone, client.Options{Scheme: scheme.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	for sentence, c := range map[string]struct {
		clusters clusters
		want     string
	}{
		"a control plane that is yet to be made": {clusters{err: fmt.Errorf("secret x: %w", access.ErrNotReady)}, "the cluster's control plane is not ready"},
		"a credential that cannot be read":       {clusters{err: errors.New("10.0.0.1: no such host")}, "the cluster's API server does not answer"},
		"an API server that is not there":        {clusters{client: unreachable}, "the cluster's API server does not answer"},
	} {
		t.Run(sentence, func(t *testing.T) {
			answers := (&Reader{Hosted: c.clusters, Config: credential(gone)}).Read(t.Context(), &v1alpha1.ManagedCluster{})
			for i, why := range unknowns(answers) {
				if why != c.want {
					t.Errorf("question %d: %q, want %q", i, why, c.want)
				}
			}
		})
	}
}

func TestReasonsAreForCustomers(t *testing.T) {
	refused := fmt.Errorf("listing: %w", &apierrors.StatusError{ErrStatus: metav1.Status{Message: "etcdserver: request timed out"}})
	for want, err := range map[string]error{
		"the cluster's API server answers: etcdserver: request timed out": refused,
		"there are more than 2000 of them":                                fmt.Errorf("listing: %w", errTooMany),
		"the cluster's API server does not answer":                        errors.New("dial tcp 10.96.3.4:6443: connect: connection refused"),
	} {
		if got := reason(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRead(t *testing.T) {
	config := apitest.Start(t)
	c, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	reader := &Reader{Hosted: clusters{client: c}, Config: credential(config)}
	answers := reader.Read(t.Context(), &v1alpha1.ManagedCluster{})
	if len(answers.Budgets.Items)+len(answers.Crowded.Items)+len(answers.Webhooks.Items)+len(answers.APIs.Items) > 0 {
		t.Errorf("a fresh cluster has %+v", answers)
	}
	for _, s := range answers.Subjects {
		if len(s.Items) > 0 {
			t.Errorf("a fresh cluster has %v", s.Items)
		}
	}
	for i, why := range unknowns(answers) {
		if why != "" {
			t.Errorf("question %d has no answer: %s", i, why)
		}
	}
	inhabit(t, c)
	answers = reader.Read(t.Context(), &v1alpha1.ManagedCluster{})
	if len(answers.Budgets.Items) != 3 {
		t.Errorf("the budgets are %v", answers.Budgets.Items)
	}
	if p := answers.Crowded.Items; len(p) != 1 || p[0].Name != "crowded" || strings.Join(p[0].Budgets, " ") != "all web" {
		t.Errorf("Pods of several budgets are %v", p)
	}
	silent := map[string]bool{}
	for _, w := range answers.Webhooks.Items {
		silent[w.Name] = w.Silent
	}
	if len(silent) != 3 || silent["answered.example.org"] || !silent["silent.example.org"] || silent["url.example.org"] {
		t.Errorf("webhooks, and whether they are silent: %v", silent)
	}
	if names := answers.Subjects[release.NodeLogRoles].Items; strings.Join(names, " ") != "support" {
		t.Errorf("roles for the logs of nodes are %v", names)
	}
	if names := answers.Subjects[release.DRADrivers].Items; strings.Join(names, " ") != "gpu.example.org" {
		t.Errorf("drivers are %v", names)
	}
}

// inhabit the cluster with one of everything that is looked for, and of what is like it.
func inhabit(t *testing.T, c client.Client) {
	web := map[string]string{"app": "web"}
	budget := func(namespace, name string, labels map[string]string) client.Object {
		return &policyv1.PodDisruptionBudget{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}},
		}
	}
	pod := func(namespace, name string, labels map[string]string) client.Object {
		return &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels},
			Spec: corev1.PodSpec{
				Containers: []corev1.Container{{Name: "c", Image: "i"}}, AutomountServiceAccountToken: ptr.To(false), ServiceAccountName: "default",
			},
		}
	}
	account := func(namespace string) client.Object {
		return &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "default"}}
	}
	role := func(name, resource string, labels map[string]string) client.Object {
		return &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{resource}, Verbs: []string{"get"}}},
		}
	}
	for _, o := range []client.Object{
		account("default"), account("kube-public"),
		budget("default", "all", nil), budget("default", "web", web), budget("kube-public", "alone", web),
		pod("default", "crowded", web), pod("default", "other", map[string]string{"app": "other"}), pod("kube-public", "alone", web),
		role("support", "nodes/log", nil), role("metrics", "nodes/metrics", nil), role("builtin", "nodes/log", map[string]string{defaults: "rbac-defaults"}),
		&resourcev1.ResourceSlice{ObjectMeta: metav1.ObjectMeta{Name: "s"}, Spec: resourcev1.ResourceSliceSpec{
			Driver: "gpu.example.org", NodeName: ptr.To("n"), Pool: resourcev1.ResourcePool{Name: "p", ResourceSliceCount: 1},
		}},
		&discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Namespace: "default", Name: "answered-1", Labels: map[string]string{discoveryv1.LabelServiceName: "answered"}},
			AddressType: discoveryv1.AddressTypeIPv4, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.1.1.1"}, Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(true)}}},
		},
		&discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Namespace: "default", Name: "silent-1", Labels: map[string]string{discoveryv1.LabelServiceName: "silent"}},
			AddressType: discoveryv1.AddressTypeIPv4, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.1.1.2"}, Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(false)}}},
		},
		&admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "w"}, Webhooks: []admissionv1.ValidatingWebhook{
			webhook("answered", ptr.To("answered")), webhook("silent", ptr.To("silent")), webhook("url", nil),
		}},
	} {
		if err := client.IgnoreAlreadyExists(c.Create(t.Context(), o)); err != nil {
			t.Fatalf("making %T %s: %v", o, o.GetName(), err)
		}
	}
}

// webhook for what APIServices are, of a Service or of a URL.
func webhook(name string, service *string) admissionv1.ValidatingWebhook {
	w := admissionv1.ValidatingWebhook{
		Name: name + ".example.org", SideEffects: ptr.To(admissionv1.SideEffectClassNone), AdmissionReviewVersions: []string{"v1"},
		Rules: []admissionv1.RuleWithOperations{{
			Operations: []admissionv1.OperationType{admissionv1.Delete},
			Rule:       admissionv1.Rule{APIGroups: []string{"apiregistration.k8s.io"}, APIVersions: []string{"v1"}, Resources: []string{"apiservices"}},
		}},
		ClientConfig: admissionv1.WebhookClientConfig{URL: ptr.To("https://policy.example.org/")},
	}
	if service != nil {
		w.ClientConfig = admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: "default", Name: *service}}
	}
	return w
}
