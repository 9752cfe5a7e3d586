package manifest

import (
	"os"
	"path/filepath"
	"slices"
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
	for node, servers := range map[string]string{"node": "kubernetes", "node-1.36": "kubernetes-1.36", "node-1.35": "kubernetes-1.35"} {
		n, s := find(t, m, node), find(t, m, servers)
		program := n.Layers[0].Programs[0]
		if program != s.Layers[0].Programs[0] || n.Place(program) != s.Place(program) {
			t.Errorf("image %s does not begin with the layer of %s, so they share neither disk nor memory", node, servers)
		}
		if n.Place(program) != "usr/local/bin/kubernetes" {
			t.Errorf("image %s has its servers in %s", node, n.Place(program))
		}
	}
}

func find(t *testing.T, m Manifest, name string) Image {
	t.Helper()
	i := slices.IndexFunc(m.Images, func(i Image) bool { return i.Name == name })
	if i < 0 {
		t.Fatalf("there is no image %s", name)
	}
	return m.Images[i]
}

func TestRelease(t *testing.T) {
	m, err := Read("../..", "v1")
	if err != nil {
		t.Fatal(err)
	}
	released, err := m.Release("1.36")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(released.names(), " "); got != "pause coredns konnectivity metrics-server kubernetes-1.36 node-1.36" {
		t.Errorf("release 1.36 builds %s", got)
	}
	node := find(t, released, "node-1.36")
	if node.Repository != "node" || !strings.HasPrefix(node.Version, "v1.36.") {
		t.Errorf("its node image is %s:%s", node.Repository, node.Version)
	}
	if p, _ := m.Program("1.36/kubernetes"); !strings.HasPrefix(p.Stamp["k8s.io/component-base/version.gitVersion"], "v1.36.") {
		t.Errorf("its servers say that they are %v", p.Stamp)
	}
	for _, minor := range []string{"1.37", "1.20", ""} {
		if _, err := m.Release(minor); err == nil || !strings.Contains(err.Error(), "1.36, 1.35") {
			t.Errorf("release %q: %v, want a refusal that names what there is", minor, err)
		}
	}
}

func TestMakeBuildsEveryFurtherMinor(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if line := "RELEASES := " + strings.Join(Further(), " ") + "\n"; !strings.Contains(string(makefile), line) {
		t.Errorf("the Makefile lacks %q", line)
	}
}

func TestSelect(t *testing.T) {
	m := Manifest{Images: []Image{{Name: "etcd"}, {Name: "pause"}, {Name: "node", Layers: []Layer{{Carries: []string{"pause"}}}}, {Name: "node-1.36", Minor: "1.36"}}}
	tests := map[string]struct {
		names []string
		want  string
		fail  bool
	}{
		"no names mean those of every build":   {nil, "[etcd pause node]", false},
		"other minors are built by name":       {[]string{"node-1.36"}, "[node-1.36]", false},
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
	if len(m.Images) != 4 || m.Images[0].Name != "etcd" {
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

func TestTheNodeImageAlone(t *testing.T) {
	m, err := Read("../..", "v0.0.0-test")
	if err != nil {
		t.Fatal(err)
	}
	for minor, want := range map[string]string{"newest": "node", Minor(): "node", "1.36": "node-1.36", "1.12": "no sources"} {
		got, err := m.NodeImage(minor)
		if err != nil {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", minor, err)
			}
			continue
		}
		if names := got.names(); !slices.Contains(names, want) || !slices.Contains(names, "coredns") || slices.Contains(names, "kubernetes") || len(names) != 5 {
			t.Errorf("%s: got %v", minor, names)
		}
	}
}
