package machine

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"lotse.dev/machine/boot"
	"lotse.dev/machine/bootstrap"
)

var update = flag.Bool("update", false, "write the golden files")

func TestBootFile(t *testing.T) {
	f := given(func(f *facts) {
		f.registry = boot.Registry{Name: "registry.lotse.internal", Endpoint: "https://100.97.0.20:5000", CA: "registry CA"}
		f.release.Spec.Images = map[string]string{"pause": "pause:1", "coredns": "coredns:1", "konnectivity": "konnectivity:1"}
	})
	got, err := json.MarshalIndent(f.wantedFile(func() bootstrap.Token { return "abcdef.0123456789abcdef" }), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "machine.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("changed; run with -update if it should have:\n%s", got)
	}
}

func TestAMachineProvidesThePodNetworkUnlessTheCustomerDoes(t *testing.T) {
	for plugin, want := range map[string]bool{"azure": true, "kubenet": true, "none": false} {
		f := given(func(f *facts) { f.cluster.Spec.Network.Plugin = plugin })
		if got := f.wantedFile(bootstrap.Mint).ManagedNetwork; got != want {
			t.Errorf("networkPlugin %s: %t, want %t (A5)", plugin, got, want)
		}
	}
}

func TestAMachineKeepsItsToken(t *testing.T) {
	f := given(withBootFile)
	if got := f.wantedFile(bootstrap.Mint).BootstrapToken; got != "abcdef.0123456789abcdef" {
		t.Errorf("token is now %s", got)
	}
}

func TestInstanceOfAMachine(t *testing.T) {
	m := exampleMachine()
	got := instance(m)
	if got.Namespace != "mc-cluster-abc-nodes" || got.Name != m.Spec.Hostname || got.BootSecret != m.Spec.Hostname {
		t.Errorf("Pod, disk and Secret are %s/%s and %s", got.Namespace, got.Name, got.BootSecret)
	}
	if got.Image != m.Spec.Model.Image || got.DiskGB != 32 || got.DiskGeneration != 0 || got.Size.CPUs != 2 {
		t.Errorf("instance is %+v", got)
	}
	if got.Labels["lotse.dev/machine"] != m.Name || got.Labels["lotse.dev/subscription"] != subscription || got.Labels["lotse.dev/scale-set"] != m.Spec.ScaleSet {
		t.Errorf("labels are %v", got.Labels)
	}
}
