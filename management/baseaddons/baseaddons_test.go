package baseaddons

import (
	"flag"
	"os"
	"testing"

	storagev1 "k8s.io/api/storage/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the golden files")

func TestRendering(t *testing.T) {
	volumes := Storage("registry.lotse.internal/lotse/volumes:1", "/var/lib/lotse/volumes", storagev1.VolumeBindingImmediate)
	for name, objects := range map[string][]client.Object{
		"dns": DNS("registry.lotse.internal/lotse/coredns:1", "100.97.0.10"), "storage": volumes, "isolation": Isolation(),
		"rights": append(NodeVolumes(), KubeletAPI()),
	} {
		t.Run(name, func(t *testing.T) { golden(t, "testdata/"+name+".yaml", objects) })
	}
}

func golden(t *testing.T, file string, objects []client.Object) {
	t.Helper()
	var got []byte
	for _, o := range objects {
		content, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		got = append(append(got, "---\n"...), content...)
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != string(got) {
		t.Errorf("%s differs from what is rendered (run with -update and look at the difference): %v", file, err)
	}
}
