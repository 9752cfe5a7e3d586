package arm_test

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAz drives a cluster's life with the real Azure CLI, where it is installed (Debian package azure-cli).
func TestAz(t *testing.T) {
	program, err := exec.LookPath("az")
	if err != nil {
		t.Skip("az is not installed; the SDK's test covers the same calls")
	}
	w := newWorld(t)
	home := t.TempDir()
	ca := filepath.Join(home, "ca.pem")
	must(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.server.Certificate().Raw}), 0o600))
	az := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), "AZURE_CONFIG_DIR="+home, "REQUESTS_CA_BUNDLE="+ca, "AZURE_CORE_COLLECT_TELEMETRY=no",
			"AZURE_CORE_ONLY_SHOW_ERRORS=yes", "AZURE_CORE_NO_COLOR=yes", "HOME="+home)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("az %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	equal := func(want string, args ...string) {
		t.Helper()
		if got := az(append(args, "-o", "tsv")...); got != want {
			t.Errorf("az %s: got %q, want %q", strings.Join(args, " "), got, want)
		}
	}
	az("cloud", "register", "-n", "Lotse", "--endpoint-resource-manager", w.server.URL)
	az("cloud", "set", "-n", "Lotse")
	az("login", "--service-principal", "-u", admin, "-p", secret, "--tenant", tenant)
	az("account", "set", "-s", sub1)
	equal("2", "account", "list", "--query", "length(@)")
	equal("local", "account", "list-locations", "--query", "[0].name")
	az("group", "create", "-n", "rgaz", "-l", "local", "--tags", "a=b")
	equal("true", "group", "exists", "-n", "rgaz")
	equal("1.37.2", "aks", "get-versions", "-l", "local", "--query", "orchestrators[0].orchestratorVersion")
	equal("Succeeded", "aks", "create", "-g", "rgaz", "-n", "c1", "-c", "1", "--no-ssh-key", "--query", "provisioningState")
	equal("Succeeded", "aks", "show", "-g", "rgaz", "-n", "c1", "--query", "provisioningState")
	az("aks", "get-credentials", "-g", "rgaz", "-n", "c1", "-f", filepath.Join(home, "kubeconfig"))
	equal("3", "aks", "scale", "-g", "rgaz", "-n", "c1", "-c", "3", "--query", "agentPoolProfiles[0].count")
	equal("y", "aks", "update", "-g", "rgaz", "-n", "c1", "--tags", "x=y", "--yes", "--query", "tags.x")
	equal("2", "aks", "nodepool", "add", "-g", "rgaz", "--cluster-name", "c1", "-n", "np2", "-c", "2", "--labels", "a=b", "--query", "count")
	equal("0", "aks", "nodepool", "scale", "-g", "rgaz", "--cluster-name", "c1", "-n", "np2", "-c", "0", "--query", "count")
	equal("c", "aks", "nodepool", "update", "-g", "rgaz", "--cluster-name", "c1", "-n", "np2", "--labels", "a=c", "--query", "nodeLabels.a")
	equal("2", "aks", "nodepool", "list", "-g", "rgaz", "--cluster-name", "c1", "--query", "length(@)")
	equal("1.37.2", "aks", "get-upgrades", "-g", "rgaz", "-n", "c1", "--query", "controlPlaneProfile.upgrades[1].kubernetesVersion")
	equal("1.37.2", "aks", "upgrade", "-g", "rgaz", "-n", "c1", "-k", "1.37.2", "--yes", "--query", "agentPoolProfiles[0].orchestratorVersion")
	equal("", "aks", "nodepool", "delete", "-g", "rgaz", "--cluster-name", "c1", "-n", "np2")
	equal("c1", "resource", "list", "-g", "rgaz", "--query", "[0].name")
	equal("Registered", "provider", "show", "-n", "Microsoft.Features", "--query", "registrationState")
	equal("Registered", "feature", "register", "--namespace", "Microsoft.ContainerService", "--name", "ExamplePreview", "--query", "properties.state")
	equal("", "aks", "delete", "-g", "rgaz", "-n", "c1", "--yes")
	equal("0", "aks", "list", "--query", "length(@)")
	equal("", "group", "delete", "-n", "rgaz", "--yes")
	az("logout")
	az("login", "-u", "anna@lotse.local", "-p", secret)
	equal(sub2, "account", "show", "--query", "id")
}
