package install

import "testing"

func TestTheOperatorsRegistry(t *testing.T) {
	for image, want := range map[string]string{
		"registry.lotse.internal/lotse/lotse:v0-1": "", "registry.example.org:5000/team/lotse/lotse:v0-1": "registry.example.org:5000/team",
	} {
		if got := operatorsRegistry(image); got != want {
			t.Errorf("%s: got %q, want %q", image, got, want)
		}
	}
}
