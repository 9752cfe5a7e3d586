package images

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const example = `{"kubernetesVersion":"v1.37.2","nodeImageVersion":"LotseDebian-12-202611.23.0","images":{
	"etcd":{"ref":"registry.lotse.internal/lotse/etcd:v3.7.3-1a2b3c4d","digest":"sha256:1a2b3c4d","layout":"etcd"}}}`

func TestReadCatalogue(t *testing.T) {
	tests := map[string]struct {
		content   string
		want      Catalogue
		complaint string
	}{
		"a catalogue lists versions and images": {
			content: example,
			want: Catalogue{
				KubernetesVersion: "v1.37.2",
				NodeImageVersion:  "LotseDebian-12-202611.23.0",
				Images: map[string]Image{"etcd": {
					Ref: "registry.lotse.internal/lotse/etcd:v3.7.3-1a2b3c4d", Digest: "sha256:1a2b3c4d", Layout: "etcd",
				}},
			},
		},
		"a damaged catalogue is refused with the remedy": {content: `{"images":`, complaint: "build the images again"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, CatalogueFile), []byte(tt.content), 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := ReadCatalogue(dir)
			if tt.complaint != "" {
				if err == nil || !strings.Contains(err.Error(), tt.complaint) {
					t.Fatalf("error = %v, want one that says %q", err, tt.complaint)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

func TestReadCatalogueWithoutImages(t *testing.T) {
	_, err := ReadCatalogue(t.TempDir())
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "go run ./images/build") {
		t.Errorf("error = %v, want fs.ErrNotExist and the command to run", err)
	}
}

func TestCatalogueIsReadAsItWasWritten(t *testing.T) {
	dir := t.TempDir()
	first := Catalogue{KubernetesVersion: "v1.37.2"}.With("pause", Image{Ref: "pause:1"})
	second := first.With("etcd", Image{Ref: "etcd:1"}).With("pause", Image{Ref: "pause:2"})
	if err := second.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := ReadCatalogue(dir)
	if err != nil || !reflect.DeepEqual(got, second) {
		t.Errorf("got %+v, %v; want %+v", got, err, second)
	}
	if first.Images["pause"].Ref != "pause:1" || len(first.Images) != 1 {
		t.Errorf("With changed its receiver: %+v", first)
	}
	if _, err := got.Image("coredns"); err == nil {
		t.Error("an image that was not built is found")
	}
}

func TestAFurtherMinorHasItsOwnImagesAndTheCommonOnes(t *testing.T) {
	dir := t.TempDir()
	first := Catalogue{KubernetesVersion: "v1.37.2", NodeImageVersion: "n"}.With("etcd", Image{Ref: "etcd:1"}).With("node", Image{Ref: "node:1.37"})
	second := first.WithFurther("1.36", "v1.36.3", "m", "node", Image{Ref: "node:1.36-old"}).WithFurther("1.36", "v1.36.3", "", "kubernetes", Image{Ref: "kubernetes:1.36"}).
		WithFurther("1.36", "v1.36.3", "o", "node", Image{Ref: "node:1.36"})
	if err := second.Write(dir); err != nil {
		t.Fatal(err)
	}
	read, err := ReadCatalogue(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read.Release("1.36")
	want := Catalogue{KubernetesVersion: "v1.36.3", NodeImageVersion: "o", Images: map[string]Image{
		"etcd": {Ref: "etcd:1"}, "node": {Ref: "node:1.36"}, "kubernetes": {Ref: "kubernetes:1.36"},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if read.Images["node"].Ref != "node:1.37" || len(first.Further) > 0 {
		t.Errorf("the catalogue's own images, or its receiver, changed: %+v, %+v", read, first)
	}
	if _, err := read.Release("1.35"); err == nil || !strings.Contains(err.Error(), "-release 1.35") {
		t.Errorf("got %v, want the command that builds it", err)
	}
}

func TestTheNodeImageOfAMinor(t *testing.T) {
	c := Catalogue{KubernetesVersion: "v1.37.2", NodeImageVersion: "LotseDebian-12-202611.30.0"}.With("etcd", Image{Ref: "etcd:1"}).
		With("node", Image{Ref: "node:v1.37.2-202611.30.0-1"}).WithFurther("1.36", "v1.36.3", "", "node", Image{Ref: "node:v1.36.3-202611.30.0-2"}).
		WithFurther("1.35", "v1.35.8", "", "node", Image{Ref: "node:v1.35.8-202611.23.0-3"})
	for minor, want := range map[string]string{
		"": "node:v1.37.2-202611.30.0-1", "1.37": "node:v1.37.2-202611.30.0-1", "1.36": "node:v1.36.3-202611.30.0-2",
		"1.35": "is older than LotseDebian-12-202611.30.0; build it with `go run ./images/build -node-image 1.35`", "1.3": "was not built",
	} {
		got, err := c.NodeImage(minor)
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && (got.Images["node"].Ref != want || len(got.Images) != 1) {
			t.Errorf("%q: got %+v, %v", minor, got, err)
		}
	}
}
