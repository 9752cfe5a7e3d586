package manifest

import (
	"maps"
	"slices"

	"golang.org/x/mod/semver"
)

// Modules are the directories of the Go modules that the programs are compiled in, relative to the repository's root.
func (m Manifest) Modules() []string {
	dirs := map[string]bool{}
	for _, p := range m.Programs {
		if !p.C {
			dirs[p.Dir] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}

// apart are the modules whose versions may differ between the programs, with the reason. Each costs compiling what imports it twice.
var apart = map[string]string{
	"github.com/opencontainers/cgroups": "the kubelet of Kubernetes 1.37 is made for v0.0.7, and runc for v0.1.0, which have different functions",
	"cyphar.com/go-pathrs":              "a newer one for runc alone is no reason to compile Kubernetes again; both are small",
}

// Newest is the highest version of each module that occurs in any of the requirements.
func Newest(requirements []map[string]string) map[string]string {
	newest := map[string]string{}
	for _, required := range requirements {
		for module, version := range required {
			if semver.Compare(version, newest[module]) > 0 {
				newest[module] = version
			}
		}
	}
	return newest
}

// Behind are the modules among the required ones that have a newer version, with that version.
func Behind(required, newest map[string]string) map[string]string {
	behind := map[string]string{}
	for module, version := range required {
		if apart[module] == "" && semver.Compare(version, newest[module]) < 0 {
			behind[module] = newest[module]
		}
	}
	return behind
}
