package host

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestTheContainerOfAMachine(t *testing.T) {
	const defaults = `{"process": {"cwd": "/", "rlimits": [{"type": "RLIMIT_NOFILE"}]}, "mounts": [
		{"destination": "/proc", "options": ["nosuid"]}, {"destination": "/sys", "options": ["nosuid", "ro"]}]}`
	text, err := machineSpec([]byte(defaults), "/data/bin/lotse-node")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Process map[string]any
		Mounts  []struct {
			Destination string
			Options     []string
		}
		Hooks map[string][]struct{ Path string }
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if hooks := got.Hooks["createRuntime"]; len(hooks) != 1 || hooks[0].Path != "/data/bin/lotse-node" {
		t.Errorf("nothing gives the machine its cgroups: %+v", got.Hooks)
	}
	if got.Process["rlimits"] != nil || got.Process["cwd"] != "/" {
		t.Errorf("the process is %v", got.Process)
	}
	if len(got.Mounts) != 2 || !slices.Equal(got.Mounts[1].Options, []string{"nosuid"}) {
		t.Errorf("/sys is not writable: %+v", got.Mounts)
	}
}
