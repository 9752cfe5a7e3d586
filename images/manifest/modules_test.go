package manifest

import (
	"maps"
	"path/filepath"
	"testing"
)

// A package is compiled once for all programs only if its module, and those of everything it imports, have one version. Where they differ,
// the first build takes twice as long.
func TestTheProgramsModulesAgreeOnVersions(t *testing.T) {
	m, err := Read("../..", "v1")
	if err != nil {
		t.Fatal(err)
	}
	requirements := map[string]Requirements{}
	var all []Requirements
	for _, file := range m.Modules() {
		required, err := ReadRequirements(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		requirements[file], all = required, append(all, required)
	}
	if len(all) < 5 {
		t.Fatalf("only %d modules are looked at: %v", len(all), m.Modules())
	}
	newest := Newest(all)
	for file, required := range requirements {
		for module, version := range Behind(required, newest) {
			t.Errorf("%s requires %s %s, another module %s; run make align", file, module, required.Versions[module], version)
		}
	}
}

func TestBehind(t *testing.T) {
	apart = map[string]string{"c": "because"}
	defer func() { apart = map[string]string{} }()
	newest := Newest([]Requirements{{Versions: map[string]string{"a": "v1.9.0", "b": "v1.0.0", "c": "v2.0.0", "held": "v0.37.2"}}, {Versions: map[string]string{"a": "v1.10.0"}}})
	for sentence, c := range map[string]struct{ required, want map[string]string }{
		"a module at the newest version is not behind":      {map[string]string{"a": "v1.10.0"}, map[string]string{}},
		"versions are compared as numbers":                  {map[string]string{"a": "v1.9.0"}, map[string]string{"a": "v1.10.0"}},
		"a commit before a release is behind the release":   {map[string]string{"b": "v1.0.0-0.20260120151049-f2248ac996af"}, map[string]string{"b": "v1.0.0"}},
		"a module that is to differ is left as it is":       {map[string]string{"c": "v1.0.0"}, map[string]string{}},
		"a module of an older Kubernetes is left as it is":  {map[string]string{"held": "v0.36.3"}, map[string]string{}},
		"modules that nothing else requires are left alone": {map[string]string{"b": "v1.0.0"}, map[string]string{}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Behind(Requirements{Versions: c.required, Held: map[string]bool{"held": true}}, newest); !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
