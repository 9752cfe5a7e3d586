package controlplane_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/personal"
)

// TestTheRenderedControlPlaneRuns starts what is rendered and looks at it from outside: the golden files show what we say, this shows
// that the programs understand it.
func TestTheRenderedControlPlaneRuns(t *testing.T) {
	begin := time.Now()
	r := start(t)
	c := r.client(v1alpha1.SecretServiceKubeconfig)
	r.await("the API server is ready", func(ctx context.Context) bool {
		return c.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil
	})
	ready := time.Since(begin)
	r.await("the controller manager made a service account", func(ctx context.Context) bool {
		_, err := c.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err == nil
	})
	t.Logf("API server ready after %s, default service account after %s", ready, time.Since(begin))
	r.await("the scheduler schedules a Pod", func(ctx context.Context) bool { return r.judged(ctx, c) })
	for name, command := range r.commands {
		t.Logf("private memory of %s: %s", name, rssAnon(command.Process.Pid))
	}
	t.Run("anonymous requests get no more than health", r.anonymous)
	t.Run("secrets are encrypted in etcd", func(t *testing.T) { r.encrypted(t, c) })
	t.Run("others verify its tokens", func(t *testing.T) { r.verified(t, c) })
	t.Run("tokens of the issuer from before are accepted", func(t *testing.T) { r.accepted(t, c) })
	t.Run("the customer has no right that was not bound", r.customer)
	hook := r.webhook(t, c)
	t.Run("a webhook by URL is not asked outside the tunnel", func(t *testing.T) { hook.notCalled(t, c) })
	r.tunnel(t, c)
	t.Run("a webhook by URL is asked through the tunnel", func(t *testing.T) { hook.called(t, c) })
	t.Run("the audit log names who did what", func(t *testing.T) { r.audited(t, c) })
	t.Run("people have the rights of their groups", r.people)
	t.Run("a second API server takes the place of the first, and the tunnel is never without agents", r.takesOver)
}

// judged reports whether the scheduler has reported of a Pod that there is no node for it.
func (r *running) judged(ctx context.Context, c kubernetes.Interface) bool {
	pods := c.CoreV1().Pods("default")
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "homeless"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}}
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return false
	}
	got, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
	return err == nil && slices.ContainsFunc(got.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodScheduled && c.Reason == corev1.PodReasonUnschedulable
	})
}

func (r *running) anonymous(t *testing.T) {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	for path, want := range map[string]int{"/readyz": 200, "/livez": 200, "/version": 401, "/api": 401, "/metrics": 401, "/readyz/etcd": 401} {
		response, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d%s", r.api, path))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("anonymous %s = %d, want %d", path, response.StatusCode, want)
		}
	}
}

func (r *running) encrypted(t *testing.T, c kubernetes.Interface) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s"}, StringData: map[string]string{"password": "do not read me"}}
	if _, err := c.CoreV1().Secrets("default").Create(t.Context(), secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile(filepath.Join(r.dir, "data", "member", "snap", "db"))
	if err != nil {
		t.Fatal(err)
	}
	logs, err := exec.Command("grep", "-rlaF", "do not read me", filepath.Join(r.dir, "data")).Output()
	if len(logs) > 0 || strings.Contains(string(stored), "do not read me") {
		t.Errorf("the secret stands in plain in %s (%v)", logs, err)
	}
}

func (r *running) customer(t *testing.T) {
	c := r.person(t, personal.Admin, true)
	if _, err := c.CoreV1().Secrets("kube-system").List(t.Context(), metav1.ListOptions{}); err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("listing Secrets = %v, want forbidden: the add-ons bind the customer's group, nothing else does", err)
	}
}

func (r *running) client(secret string) kubernetes.Interface {
	r.t.Helper()
	return r.connect(r.contents[secret][v1alpha1.KeyKubeconfig])
}

func (r *running) connect(kubeconfig []byte) kubernetes.Interface {
	r.t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		r.t.Fatal(err)
	}
	config.QPS, config.Burst = 100, 100
	c, err := kubernetes.NewForConfig(config)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *running) await(what string, done func(context.Context) bool) {
	r.t.Helper()
	err := wait.PollUntilContextTimeout(r.t.Context(), 100*time.Millisecond, time.Minute, true,
		func(ctx context.Context) (bool, error) { return done(ctx), nil })
	if err != nil {
		r.t.Fatalf("waited in vain until %s: %v", what, err)
	}
}

func rssAnon(pid int) string {
	content, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(content)) {
		if after, found := strings.CutPrefix(line, "RssAnon:"); found {
			return strings.TrimSpace(after)
		}
	}
	return "unknown"
}
