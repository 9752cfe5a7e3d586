package debian

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestReadListSkipsComments(t *testing.T) {
	file := filepath.Join(t.TempDir(), "packages")
	if err := os.WriteFile(file, []byte("# why\n\nnftables # kube-proxy\nrunc\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := ReadList(file)
	if want := []string{"nftables", "runc"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestFromFile(t *testing.T) {
	tests := map[string]struct {
		file string
		want Package
		fail bool
	}{
		"an epoch is unescaped":        {"/tmp/busybox-static_1%3a1.35.0-4+b1_amd64.deb", Package{"busybox-static", "1:1.35.0-4+b1"}, false},
		"a plain version stays":        {"libmnl0_1.0.4-3_amd64.deb", Package{"libmnl0", "1.0.4-3"}, false},
		"another file name is refused": {"notes.deb", Package{}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := fromFile(tt.file)
			if got != tt.want || (err != nil) != tt.fail {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestSourcesAreTheSuitesOnly(t *testing.T) {
	got := parseSources(`mirror://a/debian/ bookworm Debian main
mirror://a/debian/ bookworm-updates Debian main
mirror://a/debian/ bookworm-backports Debian main
mirror://a/security/ bookworm-security Debian main
mirror://other/ bookworm Other main
mirror://a/debian/ bookworm Debian contrib
`)
	want := sources{base: "mirror://a/debian/", lines: []string{
		"deb mirror://a/debian/ bookworm main",
		"deb mirror://a/debian/ bookworm-updates main",
		"deb mirror://a/security/ bookworm-security main",
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestInstalledReadsDpkgsRecord(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "var/lib/dpkg/status")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	record := "Package: runc\nStatus: install ok installed\nVersion: 1.1.5+ds1-1\n\nPackage: kmod\nVersion: 30+20221128-1\nDescription: a\n b\n"
	if err := os.WriteFile(file, []byte(record), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := installed(root)
	if want := []Package{{"kmod", "30+20221128-1"}, {"runc", "1.1.5+ds1-1"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}
