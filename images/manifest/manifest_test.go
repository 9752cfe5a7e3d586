package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheManifestIsComplete(t *testing.T) {
	m, err := Read("../..", "v1")
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range m.Images {
		if image.Version == "" && image.Name != "lotse" {
			t.Errorf("image %s has no version", image.Name)
		}
		for _, name := range image.Contents() {
			if _, known := m.Program(name); !known && !strings.HasPrefix(name, "lotse") {
				t.Errorf("image %s has program %s, which nothing builds", image.Name, name)
			}
		}
	}
	for _, name := range m.Host {
		if _, known := m.Program(name); !known {
			t.Errorf("%s is for the host, but nothing builds it", name)
		}
	}
	for _, p := range m.Programs {
		if p.Cgo && len(p.Libraries) == 0 {
			t.Errorf("program %s is linked with C, but says not whose, so that licences would be missing", p.Name)
		}
	}
	if node := m.Images[len(m.Images)-1]; node.Layers[0].Programs[0] != m.Images[0].Layers[0].Programs[0] {
		t.Error("the node image does not begin with the kubernetes image's layer, so they share neither disk nor memory")
	}
}

func TestSelect(t *testing.T) {
	m := Manifest{Images: []Image{{Name: "etcd"}, {Name: "pause"}, {Name: "node", Layers: []Layer{{Carries: []string{"pause"}}}}}}
	tests := map[string]struct {
		names []string
		want  string
		fail  bool
	}{
		"no names mean all images":             {nil, "[etcd pause node]", false},
		"an image comes with those it carries": {[]string{"node"}, "[pause node]", false},
		"names narrow the manifest":            {[]string{"pause"}, "[pause]", false},
		"an unknown name is an error":          {[]string{"paws"}, "", true},
		"the manifest's order is what counts":  {[]string{"pause", "etcd"}, "[etcd pause]", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := m.Select(tt.names)
			if (err != nil) != tt.fail {
				t.Fatalf("error = %v", err)
			}
			if s := "[" + strings.Join(got.names(), " ") + "]"; err == nil && s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
	if len(m.Images) != 3 || m.Images[0].Name != "etcd" {
		t.Error("Select changed its receiver")
	}
}

func TestVersionsComeFromGoMod(t *testing.T) {
	root := t.TempDir()
	content := "module x\n\nrequire example.org/one v1.2.3\n\nrequire (\n\texample.org/one/two v0.5.6 // indirect\n)\n\nreplace example.org/one => x v9\n"
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	v := versions{root: root}
	if one, two := v.of(".", "example.org/one"), v.of(".", "example.org/one/two"); one != "v1.2.3" || two != "v0.5.6" || v.err != nil {
		t.Errorf("got %s, %s, %v", one, two, v.err)
	}
	if v.of(".", "example.org/none"); v.err == nil {
		t.Error("a module that is not required has a version")
	}
}
