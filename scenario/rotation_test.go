package scenario

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// rotation replaces the cluster's authorities by "az aks rotate-certs" under a workload that uses its token all the time.
func (a *azStory) rotation(t *testing.T) {
	of := []string{"-g", a.group, "-n", "c1"}
	old, fresh := a.file("before-rotation"), a.file("after-rotation")
	credentials := func(file string) {
		t.Helper()
		a.must(a.ctx, t, append([]string{"aks", "get-credentials", "--admin", "-f", file}, of...)...)
	}
	kubectl := func(file string, args ...string) (string, error) {
		out, err := lotse.program(a.ctx, "kubectl", append([]string{"--kubeconfig", file}, args...)...)
		return strings.TrimSpace(out), err
	}
	need := func(file string, args ...string) string {
		t.Helper()
		out, err := kubectl(file, args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	credentials(old)
	nodes := need(old, "get", "nodes", "-o", "name")
	need(old, "create", "serviceaccount", "worker")
	token := need(old, "create", "token", "worker")
	server := need(old, "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
	refused := func(token string) error {
		_, err := kubectl("/dev/null", "--server", server, "--insecure-skip-tls-verify", "--token", token, "auth", "whoami")
		return err
	}
	if err := refused(token); err != nil {
		t.Fatalf("a token does not work: %v", err)
	}

	need(old, "run", "worker", "--image", storyImage(t), "--restart=Never", "--command", "--", "sh", "-c", asksAllTheTime)
	need(old, "wait", "--for=condition=Ready", "pod/worker", "--timeout=120s")

	gap, stop := a.longestGap(func() error { _, err := kubectl(old, "get", "--raw", "/readyz", "--request-timeout=5s"); return err })
	began := time.Now()
	a.must(a.ctx, t, append([]string{"aks", "rotate-certs", "--yes"}, of...)...)
	a.must(a.ctx, t, append([]string{"aks", "wait", "--updated", "--interval", "2", "--timeout", "600"}, of...)...) // az does not wait by itself
	took := time.Since(began)
	stop()
	t.Logf("the rotation took %.0f s; the API server was without an answer for %.1f s at most", took.Seconds(), gap().Seconds())
	if took > 150*time.Second {
		t.Errorf("the rotation took %s", took)
	}
	a.ask(t, "Succeeded", append(append([]string{"aks", "show"}, of...), "provisioningState")...)
	if _, err := kubectl(old, "get", "nodes"); !unauthorized(err) {
		t.Errorf("a kubeconfig from before: %v", err)
	}
	if err := refused(token); !unauthorized(err) {
		t.Errorf("a token from before: %v", err)
	}
	credentials(fresh)
	if after := need(fresh, "get", "nodes", "-o", "name"); after != nodes {
		t.Errorf("the nodes were %s and are %s", nodes, after)
	}
	a.kubectl(t, "True", "--kubeconfig", fresh, "get", "nodes", "-o", "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}")
	need(fresh, "-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=90s")
	need(fresh, "-n", "kube-system", "rollout", "status", "deployment/metrics-server", "--timeout=90s")
	a.kubectl(t, "Running 0", "--kubeconfig", fresh, "get", "pod", "worker", "-o", "jsonpath={.status.phase} {.status.containerStatuses[0].restartCount}")
	answers := strings.Fields(need(fresh, "logs", "worker"))
	refusals, most := longestRun(answers, "refused"), longestRun(answers, "nothing")
	t.Logf("of %d requests of a Pod with its token at most %d in a row were refused, and %d without an answer", len(answers), refusals, most)
	if refusals > 0 || answers[len(answers)-1] != "ok" {
		t.Errorf("a Pod's token was refused: %v", answers)
	}
	a.must(a.ctx, t, append([]string{"aks", "get-credentials", "--overwrite-existing", "-f", a.file("kubeconfig")}, of...)...)
}

// asksAllTheTime asks the API server with the Pod's token once in a second, and prints how that went.
const asksAllTheTime = `while :; do
  case "$(/probe api /api/v1/namespaces/default/pods 2>&1)" in *system:serviceaccount*) echo ok;; *401*) echo refused;; *) echo nothing;; esac
  sleep 1
done`

// longestRun is how often a word comes in a row at most.
func longestRun(words []string, word string) (most int) {
	run := 0
	for _, w := range words {
		run++
		if w != word {
			run = 0
		}
		most = max(most, run)
	}
	return most
}

// unauthorized reports whether kubectl was refused because the API server does not know who it is.
func unauthorized(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "Unauthorized") || strings.Contains(err.Error(), "logged in"))
}

// longestGap tries something again and again until stop is called, and measures for how long it failed at most.
func (a *azStory) longestGap(try func() error) (gap func() time.Duration, stop func()) {
	var longest atomic.Int64
	var ended atomic.Bool
	group := errgroup.Group{}
	group.Go(func() error {
		for good := time.Now(); !ended.Load() && a.ctx.Err() == nil; time.Sleep(300 * time.Millisecond) {
			if err := try(); err != nil && !unauthorized(err) {
				longest.Store(max(longest.Load(), int64(time.Since(good))))
				continue
			}
			good = time.Now()
		}
		return nil
	})
	return func() time.Duration { return time.Duration(longest.Load()) }, func() {
		ended.Store(true)
		_ = group.Wait()
	}
}
