package controlplane_test

import (
	"context"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/pki"
)

// TestARotatedControlPlaneRuns takes the two rounds of a rotation with the real programs, in the order of package cluster/rotation.
func TestARotatedControlPlaneRuns(t *testing.T) {
	r := start(t)
	old := r.client(v1alpha1.SecretServiceKubeconfig)
	r.await("the API server is ready", func(ctx context.Context) bool { return works(ctx, old) == nil })
	r.await("there is a service account", func(ctx context.Context) bool {
		_, err := old.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err == nil
	})
	oldToken, etcd := r.token(old), r.pid(v1alpha1.ComponentEtcd)
	authority := r.roots.Trusted.Cluster

	r.issue(func(data map[string][]byte) (map[string][]byte, error) { return pki.BeginRotation(data, 1, time.Now()) })
	r.spec.Overlap = true
	fresh := r.client(v1alpha1.SecretServiceKubeconfig)
	if err := works(t.Context(), fresh); err != nil {
		t.Fatalf("an API server that has not heard of the new authority refuses what it issues: %v", err)
	}
	r.writeFiles()
	r.restart(v1alpha1.ComponentAPIServer, v1alpha1.ComponentKonnectivity)
	r.await("the new API server works with the old etcd", func(ctx context.Context) bool { return works(ctx, fresh) == nil })
	if err := works(t.Context(), old); err != nil {
		t.Fatalf("the old credential is refused before its time: %v", err)
	}
	r.restart(v1alpha1.ComponentControllerManager)
	r.await("Pods are given both authorities", func(ctx context.Context) bool { return r.rootAuthority(ctx, fresh) == string(r.roots.Trusted.Cluster) })
	newToken := r.token(fresh)
	for what, token := range map[string]string{"old": oldToken, "new": newToken} {
		if err := works(t.Context(), r.bearing(token)); !apierrors.IsForbidden(err) {
			t.Errorf("during the rotation the %s token: %v", what, err)
		}
	}
	if r.pid(v1alpha1.ComponentEtcd) != etcd {
		t.Error("etcd was restarted for the first round")
	}

	r.issue(func(data map[string][]byte) (map[string][]byte, error) { return pki.EndRotation(data), nil })
	r.spec.Overlap = false
	r.writeFiles()
	r.restart(v1alpha1.ComponentEtcd, v1alpha1.ComponentAPIServer, v1alpha1.ComponentKonnectivity, v1alpha1.ComponentControllerManager)
	last := r.client(v1alpha1.SecretServiceKubeconfig)
	r.await("everything works with the new authorities", func(ctx context.Context) bool { return works(ctx, last) == nil })
	r.await("Pods are given the new one alone", func(ctx context.Context) bool {
		return r.rootAuthority(ctx, last) == string(r.roots.Cluster.Certificate)
	})
	if err := works(t.Context(), old); !apierrors.IsUnauthorized(err) && !apierrors.IsForbidden(err) {
		t.Errorf("the old credential: %v", err)
	}
	if err := works(t.Context(), r.bearing(oldToken)); !apierrors.IsUnauthorized(err) {
		t.Errorf("the old token: %v", err)
	}
	if err := works(t.Context(), r.bearing(newToken)); !apierrors.IsForbidden(err) {
		t.Errorf("the new token: %v", err)
	}
	if err := works(t.Context(), r.clientWith(func(c *rest.Config) { c.CAData = authority })); err != nil {
		t.Errorf("a program that read the authority before does not know the API server any more: %v", err)
	}
	if _, err := last.CoreV1().Secrets("default").Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "after"}}, metav1.CreateOptions{}); err != nil {
		t.Error(err)
	}
}

// works asks for something that only the service may see.
func works(ctx context.Context, c kubernetes.Interface) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := c.CoreV1().Secrets("kube-system").List(ctx, metav1.ListOptions{Limit: 1})
	return err
}

func (r *running) token(c kubernetes.Interface) string {
	r.t.Helper()
	made, err := c.CoreV1().ServiceAccounts("default").CreateToken(r.t.Context(), "default", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	return made.Status.Token
}

func (r *running) rootAuthority(ctx context.Context, c kubernetes.Interface) string {
	m, err := c.CoreV1().ConfigMaps("default").Get(ctx, "kube-root-ca.crt", metav1.GetOptions{})
	if err != nil {
		return ""
	}
	return m.Data["ca.crt"]
}

// bearing a token instead of a certificate.
func (r *running) bearing(token string) kubernetes.Interface {
	return r.clientWith(func(c *rest.Config) { c.BearerToken, c.CertData, c.KeyData = token, nil, nil })
}

func (r *running) clientWith(change func(*rest.Config)) kubernetes.Interface {
	r.t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(r.contents[v1alpha1.SecretServiceKubeconfig][v1alpha1.KeyKubeconfig])
	if err != nil {
		r.t.Fatal(err)
	}
	change(config)
	c, err := kubernetes.NewForConfig(config)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// restart programs as they are rendered now.
func (r *running) restart(names ...string) {
	r.t.Helper()
	for _, name := range names {
		_ = r.commands[name].Process.Kill()
		_ = r.commands[name].Wait() // its port is free only then
	}
	for _, pod := range []corev1.PodSpec{
		controlplane.EtcdStatefulSet(r.spec).Spec.Template.Spec, controlplane.APIServerDeployment(r.spec).Spec.Template.Spec,
		controlplane.ControllerManagerStatefulSet(r.spec).Spec.Template.Spec,
	} {
		for _, c := range pod.Containers {
			for _, name := range names {
				if c.Name == name {
					r.run(c)
				}
			}
		}
	}
}
