package scenario

import (
	"os"
	"strings"
	"testing"
	"time"
)

// commands: az runs commands in the cluster, with a file, and lotse does; each with the rights of who asks and no others.
func (a *azStory) commands(t *testing.T) {
	of := []string{"-g", a.group, "-n", "c1"}
	invoke := func(line string, more ...string) string {
		t.Helper()
		began := time.Now()
		out := a.must(a.ctx, t, append(append(append([]string{"aks", "command", "invoke"}, of...), "--command", line), more...)...)
		t.Logf("az aks command invoke took %.1fs", time.Since(began).Seconds())
		return out
	}
	if out := invoke("kubectl get pods -n kube-system"); !strings.Contains(out, "exitcode=0") || !strings.Contains(out, "coredns-") {
		t.Errorf("az prints %q", out)
	}
	file := a.file("from-command.yaml")
	if err := os.WriteFile(file, []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-command}\ndata: {a: b}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := invoke("kubectl apply -f from-command.yaml && kubectl auth whoami -o jsonpath={.status.userInfo.username} && touch here && sh -c 'exit 5'", "--file", file)
	if !strings.Contains(out, "exitcode=5") || !strings.Contains(out, "configmap/from-command created") || !strings.Contains(out, "lotse:app:"+lotse.client.Credential.AppID) {
		t.Errorf("az prints %q", out)
	}
	a.kubectl(t, "b", "--kubeconfig", a.file("kubeconfig"), "get", "configmap", "from-command", "-o", "jsonpath={.data.a}")
	own, err := lotse.cli(a.ctx, "cluster", "invoke", "-g", a.group, "-n", "c1", "--command", "id -u; cat /etc/lotse/command/command")
	if err != nil || !strings.HasPrefix(own, "65532\nid -u;") {
		t.Errorf("lotse prints %q, %v", own, err)
	}
	a.refused(a.ctx, t, []string{"was not found"}, append(append([]string{"aks", "command", "result"}, of...), "-i", strings.Repeat("0", 32))...)
}
