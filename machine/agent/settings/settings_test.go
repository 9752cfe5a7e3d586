package settings

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lotse.dev/machine/boot"
)

var update = flag.Bool("update", false, "write the golden files")

func machine() boot.Machine {
	return boot.Machine{
		NodeName: "aks-nodepool1-12345678-vmss000000", APIServer: "https://100.97.3.4:6443", ClusterCA: "cluster CA\n",
		BootstrapToken: "abcdef.0123456789abcdef", ClusterDNS: "10.0.0.10", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", ManagedNetwork: true,
		Taints: []string{"CriticalAddonsOnly=true:NoSchedule"}, MaxPods: 110,
		Size:       boot.Size{CPUs: 2, MemoryBytes: 7 << 30},
		ProviderID: "lotse:///subscriptions/x",
		Registry:   boot.Registry{Name: "registry.lotse.internal", Endpoint: "https://100.97.0.20:5000", CA: "registry CA\n"},
		PauseImage: "registry.lotse.internal/lotse/pause:3.10-01234567",
	}
}

func TestFilesOfAMachine(t *testing.T) {
	files, err := Files(machine(), Facts{PullToken: "pull.token.x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		golden := filepath.Join("testdata", strings.ReplaceAll(strings.TrimPrefix(f.Path, "/"), "/", "_"))
		if *update {
			if err := os.WriteFile(golden, []byte(f.Content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || string(want) != f.Content {
			t.Errorf("%s differs from %s (%v); if it should, run the test with -update:\n%s", f.Path, golden, err, f.Content)
		}
		secret := strings.Contains(f.Content, machine().BootstrapToken) || strings.Contains(f.Content, "pull.token.x")
		if secret && f.Mode != fs.FileMode(0o600) {
			t.Errorf("%s holds the token and has mode %o", f.Path, f.Mode)
		}
	}
}

func TestAMachineOfAClusterWithoutManagedNetworkHasNoFlannel(t *testing.T) {
	m := machine()
	m.ManagedNetwork = false
	files, err := Files(m, Facts{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Path == FlannelConfig {
			t.Errorf("%s is written (A5)", f.Path)
		}
	}
}

func TestAPrivilegedPodProtectsContainerd(t *testing.T) {
	text := containerd(machine(), Facts{SysResource: true})
	if !strings.Contains(text, "oom_score = -999") || !strings.Contains(text, "restrict_oom_score_adj = false") {
		t.Error(text)
	}
}

func TestLabels(t *testing.T) {
	if got := Labels(map[string]string{"team": "a", "example.com/tier": "web", "agentpool": ""}); got != "agentpool=,example.com/tier=web,team=a" {
		t.Errorf("flag is %q", got)
	}
}

func TestReserved(t *testing.T) {
	for sentence, c := range map[string]struct {
		size        boot.Size
		pods        int32
		cpu, memory string
	}{
		"a small machine reserves a quarter of its memory":                {boot.Size{CPUs: 2, MemoryBytes: 4 << 30}, 110, "100m", "1024Mi"},
		"a large machine reserves memory by the number of pods":           {boot.Size{CPUs: 8, MemoryBytes: 32 << 30}, 110, "180m", "2250Mi"},
		"few pods need little memory":                                     {boot.Size{CPUs: 2, MemoryBytes: 7 << 30}, 30, "100m", "650Mi"},
		"a machine with more processors than the table reserves the most": {boot.Size{CPUs: 96, MemoryBytes: 256 << 30}, 30, "740m", "650Mi"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := reserved(boot.Machine{Size: c.size, MaxPods: c.pods})
			if got["cpu"] != c.cpu || got["memory"] != c.memory {
				t.Error(got)
			}
		})
	}
}

func TestATaintWithoutEffectIsRefused(t *testing.T) {
	for _, text := range []string{"key", "key=value", ":NoSchedule", "key:"} {
		if _, err := taints([]string{text}); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestAFileIsReplacedWithItsMode(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "etc")
	f := File{Path: filepath.Join(dir, "kubeconfig"), Mode: 0o600, Content: "first"}
	if err := f.Write(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(f.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	f.Content = "second"
	if err := f.Write(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.Path)
	if err != nil || string(text) != "second" {
		t.Errorf("content is %q, %v", text, err)
	}
	if info, err := os.Stat(f.Path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("directory holds %v, %v", files, err)
	}
}
