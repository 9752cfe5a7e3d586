package arm_test

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAz has the real Azure CLI (Debian package azure-cli) do what the story of az in scenario/ does not: change and upgrade a cluster and a
// pool, and register a feature. The story does all else, with real machines.
func TestAz(t *testing.T) {
	program, err := exec.LookPath("az")
	if err != nil {
		t.Skip("az is not installed; the SDK's test covers the same calls")
	}
	w := newWorld(t)
	home := t.TempDir()
	ca := filepath.Join(home, "ca.pem")
	must(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.server.Certificate().Raw}), 0o600))
	input := ""
	az := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Stdin = strings.NewReader(input)
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
	input = secret // as lotse env hands it over: an argument can be read by every user of the machine
	az("login", "--service-principal", "-u", admin, "-p", "@-", "--tenant", tenant)
	az("account", "set", "-s", sub1)
	az("group", "create", "-n", "rgaz", "-l", "local")
	equal("Succeeded", "aks", "create", "-g", "rgaz", "-n", "c1", "-c", "1", "--no-ssh-key", "--query", "provisioningState")
	equal("3", "aks", "scale", "-g", "rgaz", "-n", "c1", "-c", "3", "--query", "agentPoolProfiles[0].count")
	equal("2", "aks", "nodepool", "scale", "-g", "rgaz", "--cluster-name", "c1", "-n", "nodepool1", "-c", "2", "--query", "count")
	equal("c", "aks", "nodepool", "update", "-g", "rgaz", "--cluster-name", "c1", "-n", "nodepool1", "--labels", "a=c", "--query", "nodeLabels.a")
	equal("Succeeded", "aks", "nodepool", "upgrade", "-g", "rgaz", "--cluster-name", "c1", "-n", "nodepool1", "--node-image-only", "--query", "provisioningState")
	equal("1.37.2", "aks", "get-upgrades", "-g", "rgaz", "-n", "c1", "--query", "controlPlaneProfile.upgrades[1].kubernetesVersion")
	equal("1.37.2", "aks", "upgrade", "-g", "rgaz", "-n", "c1", "-k", "1.37.2", "--yes", "--query", "agentPoolProfiles[0].orchestratorVersion")
	azCommands(t, w, home, az)
	// This az has no aks maintenanceconfiguration; a newer one sends the same.
	configuration := rg[:len(rg)-len("rg1")] + "rgaz/providers/Microsoft.ContainerService/managedClusters/c1" + nodeOS + v
	equal("Sunday", "rest", "--method", "put", "--url", configuration, "--body", weekly, "--query", "properties.maintenanceWindow.schedule.weekly.dayOfWeek")
	equal("4", "rest", "--url", configuration, "--query", "properties.maintenanceWindow.durationHours")
	az("rest", "--method", "delete", "--url", configuration)
	equal("Registered", "feature", "register", "--namespace", "Microsoft.ContainerService", "--name", "ExamplePreview", "--query", "properties.state")
}
