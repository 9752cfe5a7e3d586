package builder

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"lotse.dev/images"
	"lotse.dev/images/manifest"
)

// example is one image of Lotse's own program and one of a program built in a module of its own.
var example = manifest.Manifest{
	KubernetesVersion: "v1.37.2",
	Programs: []manifest.Program{
		{Name: "own", Dir: ".", Package: "./cmd/own", Version: "v1", Links: []string{"alias"}},
		{Name: "component", Dir: "component", Package: ".", Version: "v2+build"},
		{Name: "tool", Dir: "component", Package: ".", Version: "v2+build"},
		{Name: "unused", Dir: "component", Package: "./nowhere", Version: "v2+build"},
	},
	Host: []string{"tool"},
	Images: []manifest.Image{
		{Name: "own", Version: "v1", Layers: []manifest.Layer{{Programs: []string{"own"}}}},
		{Name: "component", Version: "v2+build", Layers: []manifest.Layer{{Programs: []string{"component"}}}},
		{Name: "machine", Version: "v3", Layers: []manifest.Layer{{Carries: []string{"own", "component"}}}},
		{Name: "later", Layers: []manifest.Layer{{Programs: []string{"not-yet"}}}},
	},
}

const program1, program2 = "package main\n\nfunc main() { println(1) }\n", "package main\n\nfunc main() { println(2) }\n"

func TestTheSameSourcesGiveTheSameImagesEverywhere(t *testing.T) {
	one, _, err := build(t, repository(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := build(t, repository(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"own", "component"} {
		if one.Images[name].Digest != other.Images[name].Digest {
			t.Errorf("image %s: digests %s and %s", name, one.Images[name].Digest, other.Images[name].Digest)
		}
	}
	image := one.Images["component"]
	want := images.Registry + "/lotse/component:v2-build-" + strings.TrimPrefix(image.Digest, "sha256:")[:8]
	if image.Ref != want {
		t.Errorf("ref = %s, want %s", image.Ref, want)
	}
}

// TestAnImageCarriesTheLayersOfOthers: each unpacked, by the name that containerd has for it.
func TestAnImageCarriesTheLayersOfOthers(t *testing.T) {
	out := t.TempDir()
	if _, _, err := build(t, repository(t), out); err != nil {
		t.Fatal(err)
	}
	layers := layersOf(t, out, "machine")
	entries, err := unpacked(filepath.Join(out, "images/machine/blobs/sha256", layers[0]), "")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, e := range entries {
		have[e.Path] = true
	}
	for _, name := range []string{"own", "component"} {
		of := layersOf(t, out, name)
		for _, file := range []string{of[0] + "/usr/local/bin/" + name, above(of[0], of[1]) + "/usr/share/lotse/contents.json"} {
			if !have["usr/share/lotse/layers/"+file] {
				t.Errorf("%s is missing among %v", file, have)
			}
		}
	}
}

// layersOf an image that was built: their digests.
func layersOf(t *testing.T, out, name string) (all []string) {
	t.Helper()
	catalogue, err := images.ReadCatalogue(filepath.Join(out, "images"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(out, "images", name, "blobs/sha256", strings.TrimPrefix(catalogue.Images[name].Digest, "sha256:")))
	if err != nil {
		t.Fatal(err)
	}
	var m v1.Manifest
	if err := json.Unmarshal(content, &m); err != nil {
		t.Fatal(err)
	}
	for _, l := range m.Layers {
		all = append(all, l.Digest.Hex)
	}
	return all
}

func TestOnlyWhatChangedIsBuiltAgain(t *testing.T) {
	root, out := repository(t), t.TempDir()
	tests := []struct {
		name      string
		change    func()
		own, comp string
	}{
		{"the first build builds everything", func() {}, "built", "built"},
		{"nothing changed", func() {}, "unchanged", "unchanged"},
		{"a component's source changed", func() { put(t, root, "component/main.go", program2) }, "unchanged", "built"},
		{"Lotse's own source changed", func() { put(t, root, "cmd/own/main.go", program2) }, "built", "unchanged"},
		{"a program was deleted from the output", func() { remove(t, out, "bin/component") }, "unchanged", "unchanged"},
		{"a layout was deleted from the output", func() { remove(t, out, "images/own") }, "built", "unchanged"},
	}
	for _, tt := range tests { // each goes on where the one before ended
		tt.change()
		_, reports, err := build(t, root, out)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if !strings.HasPrefix(reports["own"], tt.own) || !strings.HasPrefix(reports["component"], tt.comp) {
			t.Errorf("%s: own %q, component %q; want %s, %s", tt.name, reports["own"], reports["component"], tt.own, tt.comp)
		}
		if !strings.HasPrefix(reports["later"], "skipped: cmd/not-yet") {
			t.Errorf("%s: an image without sources is %q, want it skipped", tt.name, reports["later"])
		}
		for _, name := range []string{"component", "tool"} {
			if _, err := os.Stat(filepath.Join(out, "bin", name)); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	}
}

// TestWhatWasBuiltWhenAskedForStays: an image of a further minor is listed with it, and a build of all others keeps its layers.
func TestWhatWasBuiltWhenAskedForStays(t *testing.T) {
	root, out := repository(t), t.TempDir()
	put(t, root, "component/older.mod", "module example.org/component\n\ngo 1.26.0\n")
	put(t, root, "component/older.go", "//go:build older\n\npackage main\n\nfunc init() { println(0) }\n")
	m := example
	m.Programs = append(slices.Clone(example.Programs), manifest.Program{
		Name: "1.36/component", Dir: "component", Modfile: "older.mod", Tags: []string{"older"}, Package: ".", Version: "v1.36.3", Links: []string{"server"},
	})
	m.Images = []manifest.Image{{
		Name: "component-1.36", Repository: "component", Minor: "1.36", Version: "v1.36.3-n", Layers: []manifest.Layer{{Programs: []string{"1.36/component"}}},
	}}
	m.Host = nil
	b, err := New(root, out, m, Report{Image: func(string, string, time.Duration) {}, Progress: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Build(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(filepath.Join(out, "bin/1.36/server")); err != nil || target != "component" {
		t.Errorf("its other name leads to %q, %v", target, err)
	}
	catalogue, _, err := build(t, root, out)
	if err != nil {
		t.Fatal(err)
	}
	listed := catalogue.Further["1.36"]
	if listed.KubernetesVersion != "v1.36.3" || !strings.HasPrefix(listed.Images["component"].Ref, images.Registry+"/lotse/component:v1.36.3-n-") {
		t.Errorf("it is listed as %+v", listed)
	}
	if listed.Images["component"].Digest == catalogue.Images["component"].Digest {
		t.Error("the tag or the file of requirements has no effect")
	}
	again, err := New(root, out, m, Report{Image: func(_, what string, _ time.Duration) {
		if !strings.HasPrefix(what, "unchanged") {
			t.Errorf("it was made again: %s", what)
		}
	}, Progress: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	var kept layerRecord
	records, _ := filepath.Glob(again.recordFile("layer-*"))
	for _, file := range records {
		if err := again.read(strings.TrimSuffix(filepath.Base(file), ".json"), &kept); err != nil || !again.store.Has(kept.Blob) {
			t.Errorf("layer %s is gone (%v)", file, err)
		}
	}
	if err := again.Build(t.Context(), false); err != nil {
		t.Fatal(err)
	}
}

func TestAnImageThatFailsStaysAsItWasAndKeepsNoOtherFromBeingBuilt(t *testing.T) {
	root, out := repository(t), t.TempDir()
	before, _, err := build(t, root, out)
	if err != nil {
		t.Fatal(err)
	}
	put(t, root, "cmd/own/main.go", "package main\n\nfunc main() { oops }\n")
	put(t, root, "component/main.go", program2)
	after, _, err := build(t, root, out)
	if err == nil || !strings.Contains(err.Error(), "oops") || !strings.Contains(err.Error(), "building image own") {
		t.Errorf("error = %v, want one that shows the step and the compiler's words", err)
	}
	if after.Images["own"] != before.Images["own"] {
		t.Error("the image that failed changed")
	}
	if after.Images["component"] == before.Images["component"] {
		t.Error("the other image was not built")
	}
}

func build(t *testing.T, root, out string) (images.Catalogue, map[string]string, error) {
	t.Helper()
	reports := map[string]string{}
	b, err := New(root, out, example, Report{
		Image:    func(name, what string, _ time.Duration) { reports[name] = what },
		Progress: func(line string) { t.Log(line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	failure := b.Build(context.Background(), true)
	catalogue, err := images.ReadCatalogue(filepath.Join(out, "images"))
	if err != nil {
		t.Fatal(err)
	}
	return catalogue, reports, failure
}

func repository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	put(t, root, "go.mod", "module example.org/root\n\ngo 1.26.0\n")
	put(t, root, "cmd/own/main.go", program1)
	put(t, root, "component/go.mod", "module example.org/component\n\ngo 1.26.0\n")
	put(t, root, "component/main.go", program1)
	return root
}

func put(t *testing.T, root, name, content string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, root, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}

func TestAVersionIsListedWithTheImageThatHasIt(t *testing.T) {
	b := &Builder{manifest: manifest.Manifest{KubernetesVersion: "v1.37.9", NodeImageVersion: "new"}}
	before := images.Catalogue{KubernetesVersion: "v1.37.2", NodeImageVersion: "old"}.WithFurther("1.36", "v1.36.3", "old", "node", images.Image{})
	for sentence, c := range map[string]struct {
		image                             manifest.Image
		kubernetes, nodeImage, ofTheOlder string
	}{
		"an image of neither":           {manifest.Image{Name: "pause"}, "v1.37.2", "old", "old"},
		"the servers":                   {manifest.Image{Name: "kubernetes"}, "v1.37.9", "old", "old"},
		"the node image":                {manifest.Image{Name: "node"}, "v1.37.2", "new", "old"},
		"the servers of another minor":  {manifest.Image{Name: "kubernetes-1.36", Repository: "kubernetes", Minor: "1.36", Version: "v1.36.3"}, "v1.37.2", "old", "old"},
		"the node image of another one": {manifest.Image{Name: "node-1.36", Repository: "node", Minor: "1.36", Version: "v1.36.3-new"}, "v1.37.2", "old", "new"},
	} {
		got := b.listed(before, c.image, images.Image{})
		if got.KubernetesVersion != c.kubernetes || got.NodeImageVersion != c.nodeImage || got.Further["1.36"].NodeImageVersion != c.ofTheOlder {
			t.Errorf("%s: got %+v", sentence, got)
		}
	}
}
