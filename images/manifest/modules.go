package manifest

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/mod/semver"
)

// Modules are the files with the requirements that the programs are compiled with, relative to the repository's root.
func (m Manifest) Modules() []string {
	files := map[string]bool{}
	for _, p := range m.Programs {
		if !p.C {
			files[filepath.Join(p.Dir, cmp.Or(p.Modfile, "go.mod"))] = true
		}
	}
	return slices.Sorted(maps.Keys(files))
}

// apart are the modules whose versions may differ between the programs, with the reason. Each costs compiling what imports it twice.
var apart = map[string]string{
	"github.com/opencontainers/cgroups":           "the kubelet of Kubernetes 1.37 is made for v0.0.7, older ones for v0.0.6 and v0.0.3, and runc for v0.1.0, which have different functions",
	"github.com/container-storage-interface/spec": "kubelets before Kubernetes 1.37 read the condition of volumes, which newer versions of it have no more",
	"github.com/google/cadvisor":                  "the kubelet of Kubernetes 1.35 is made for v0.53, that of 1.36 for v0.56, and that of 1.37 for another module",
	"cyphar.com/go-pathrs":                        "a newer one for runc alone is no reason to compile Kubernetes again; both are small",
}

// Newest is the highest version of each module that occurs in any of the requirements.
func Newest(requirements []Requirements) map[string]string {
	newest := map[string]string{}
	for _, required := range requirements {
		for module, version := range required.Versions {
			if semver.Compare(version, newest[module]) > 0 {
				newest[module] = version
			}
		}
	}
	return newest
}

// Behind are the modules among the required ones that have a newer version, with that version.
func Behind(required Requirements, newest map[string]string) map[string]string {
	behind := map[string]string{}
	for module, version := range required.Versions {
		if apart[module] == "" && !required.Held[module] && semver.Compare(version, newest[module]) < 0 {
			behind[module] = newest[module]
		}
	}
	return behind
}
