package install

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
	"lotse.dev/apply"
	"lotse.dev/controlplane"
	"lotse.dev/machine/pod"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/size"
	"lotse.dev/management/baseaddons"
)

const refusal = "lotse-limits"

// lotseAccount are clients of a real API server with Lotse's role and its limits: the operator's, and that of Lotse's service account.
func lotseAccount(t *testing.T) (operator, account client.Client) {
	t.Helper()
	config := apitest.Start(t)
	if err := v1alpha1.AddToScheme(scheme.Scheme); err != nil {
		t.Fatal(err)
	}
	connect := func(c *rest.Config) client.Client {
		made, err := client.New(c, client.Options{Scheme: scheme.Scheme})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	operator = connect(config)
	impersonated := rest.CopyConfig(config)
	impersonated.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:lotse-system:lotse",
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:lotse-system", "system:authenticated"}}
	account = connect(impersonated)
	objects := append([]client.Object{namespace(Target{Own: true}), baseaddons.MachineRuntime("lotse-machine")}, limits()...)
	if err := apply.Objects(t.Context(), operator, append(objects, roles()...)...); err != nil {
		t.Fatal(err)
	}
	inForce(t, account)
	return operator, account
}

// inForce waits until the API server has read the policy.
func inForce(t *testing.T, account client.Client) {
	t.Helper()
	probe := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", GenerateName: "probe-"}}
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		err := account.Create(t.Context(), probe.DeepCopy(), client.DryRunAll)
		if err != nil && strings.Contains(err.Error(), refusal) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the policy is not in force: %v", err)
		}
	}
}

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func plainPod(namespace string, change ...func(*corev1.PodSpec)) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: named(namespace, "p"), Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}}
	for _, f := range change {
		f(&p.Spec)
	}
	return p
}

func privileged(s *corev1.PodSpec) {
	s.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: ptr.To(true)}
}

func labelled(name string, labels ...string) *corev1.Namespace {
	n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{}}}
	for i := 0; i < len(labels); i += 2 {
		n.Labels[labels[i]] = labels[i+1]
	}
	return n
}

const enforce = "pod-security.kubernetes.io/enforce"

// TestLimits: what Lotse's service account does in its work it can do, and what would raise its privileges it cannot.
func TestLimits(t *testing.T) {
	operator, account := lotseAccount(t)
	ref := controlplane.Ref{Cluster: "shop-abc", Subscription: "s"}
	own, machines := ref.Namespace(), v1alpha1.NodesNamespace(ref.Cluster)
	for _, n := range controlplane.Namespaces(ref) {
		if err := apply.Object(t.Context(), account, n); err != nil {
			t.Fatalf("Lotse cannot make the namespaces of a cluster: %v", err)
		}
	}
	foreign := labelled("mc-foreign")
	if err := operator.Create(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	for sentence, o := range map[string]client.Object{
		"a subscription's namespace":                labelled("sub-1", v1alpha1.LabelSubscription, "1", enforce, "restricted"),
		"a subscription":                            &v1alpha1.Subscription{ObjectMeta: named("", "sub"), Spec: v1alpha1.SubscriptionSpec{DisplayName: "s", TenantID: "t", State: v1alpha1.SubscriptionRegistered}},
		"a Secret of a control plane":               ref.Secret("pki", map[string][]byte{"a": []byte("b")}),
		"a Service of a control plane":              controlplane.Services(ref, true)[0],
		"a control plane":                           controlplane.ControllerManagerStatefulSet(controlplane.Spec{Ref: ref, Images: map[string]string{"kubernetes": "i"}}),
		"a control plane's policy":                  controlplane.Isolation(controlplane.Spec{Ref: ref})[0],
		"a machine":                                 pod.Pod(provider.Instance{Ref: provider.Ref{Namespace: machines, Name: "m"}, Image: "i", BootSecret: "m", Size: size.Size{CPUs: 2, MemoryBytes: 4 << 30}}, pod.Isolation{RuntimeClass: "lotse-machine", SeccompProfile: "lotse/machine.json"}),
		"a machine's Secret":                        &corev1.Secret{ObjectMeta: named(machines, "m")},
		"the hashes of a principal's secrets":       &corev1.Secret{ObjectMeta: named(systemNamespace, "principal-1")},
		"an approval of a device":                   &corev1.Secret{ObjectMeta: named(systemNamespace, "device-1")},
		"an event about an object of the cluster's": &corev1.Event{ObjectMeta: named("default", "e"), InvolvedObject: corev1.ObjectReference{Namespace: "default"}},
	} {
		t.Run("may make "+sentence, func(t *testing.T) {
			if err := account.Create(t.Context(), o, client.DryRunAll); err != nil {
				t.Error(err)
			}
		})
	}
	token := func(namespace string) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "t",
			Annotations: map[string]string{corev1.ServiceAccountNameKey: "default"}}, Type: corev1.SecretTypeServiceAccountToken}
	}
	for sentence, o := range map[string]client.Object{
		"a privileged Pod in kube-system":                              plainPod("kube-system", privileged),
		"any Pod in kube-system":                                       plainPod("kube-system"),
		"a token in kube-system":                                       token("kube-system"),
		"a token in a namespace of its own":                            token(own),
		"a Secret in kube-system":                                      &corev1.Secret{ObjectMeta: named("kube-system", "s")},
		"a Secret in a namespace that is only named alike":             &corev1.Secret{ObjectMeta: named(foreign.Name, "s")},
		"a Pod in its own namespace, whose other accounts may do more": plainPod(systemNamespace),
		"a Deployment there": &appsv1.Deployment{ObjectMeta: named(systemNamespace, "d"), Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}, Spec: plainPod("").Spec}}},
		"other Secrets there":                        &corev1.Secret{ObjectMeta: named(systemNamespace, "token-signing")},
		"a namespace of another name":                labelled("other", v1alpha1.LabelSubscription, "1", enforce, "restricted"),
		"a namespace without its subscription":       labelled("mc-x", enforce, "restricted"),
		"a control plane's that admits privileged":   labelled("mc-x", v1alpha1.LabelSubscription, "1", enforce, "privileged"),
		"a namespace without labels for Pods":        labelled("mc-x", v1alpha1.LabelSubscription, "1"),
		"one that enforces what was restricted once": labelled("mc-x", v1alpha1.LabelSubscription, "1", enforce, "restricted", enforce+"-version", "v1.0"),
		"a machine on the network of its host":       plainPod(machines, func(s *corev1.PodSpec) { s.HostNetwork = true }),
		"a machine with the processes of its host":   plainPod(machines, func(s *corev1.PodSpec) { s.HostPID = true }),
		"a Service that takes a foreign address":     &corev1.Service{ObjectMeta: named(own, "s"), Spec: corev1.ServiceSpec{ExternalIPs: []string{"192.0.2.1"}, Ports: []corev1.ServicePort{{Port: 443}}}},
	} {
		t.Run("may not make "+sentence, func(t *testing.T) {
			if err := account.Create(t.Context(), o, client.DryRunAll); err == nil || !strings.Contains(err.Error(), refusal) {
				t.Errorf("got %v, want the policy's refusal", err)
			}
		})
	}
	t.Run("what is there is as safe", func(t *testing.T) { changes(t, operator, account, own) })
}

// changes of what exists already, and its end.
func changes(t *testing.T, operator, account client.Client, own string) {
	relabel := func(name, key, value string) error {
		n := labelled(name)
		patch := fmt.Sprintf(`{"metadata":{"labels":{%q:%s}}}`, key, value)
		return account.Patch(context.Background(), n, client.RawPatch("application/merge-patch+json", []byte(patch)), client.DryRunAll)
	}
	system := &corev1.Secret{ObjectMeta: named("kube-system", "there")}
	if err := operator.Create(t.Context(), system); err != nil {
		t.Fatal(err)
	}
	for sentence, err := range map[string]error{
		"kube-system cannot be changed":                      relabel("kube-system", enforce, `"privileged"`),
		"nor Lotse's own namespace":                          relabel(systemNamespace, enforce, `"privileged"`),
		"nor a foreign one taken over":                       relabel("mc-foreign", v1alpha1.LabelSubscription, `"1"`),
		"a control plane's namespace cannot be opened":       relabel(own, enforce, `"privileged"`),
		"nor its limits be taken away":                       relabel(own, enforce, "null"),
		"a foreign namespace cannot be deleted":              account.Delete(t.Context(), labelled("mc-foreign"), client.DryRunAll),
		"nor a Secret in it":                                 account.Delete(t.Context(), system, client.DryRunAll),
		"a role cannot be given: there is no right to do so": roleGiven(account),
	} {
		if err == nil || !strings.Contains(err.Error(), refusal) && !strings.Contains(err.Error(), "cannot") {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
	if err := account.Delete(t.Context(), labelled(own), client.DryRunAll); err != nil {
		t.Errorf("a cluster's namespace can be deleted: %v", err)
	}
}

func roleGiven(account client.Client) error {
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: named("", "mine"), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: systemNamespace, Name: lotseName}}}
	return account.Create(context.Background(), binding, client.DryRunAll)
}
