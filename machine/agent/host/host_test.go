package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lotse.dev/machine/agent/status"
	"lotse.dev/machine/boot"
)

func TestRead(t *testing.T) {
	for sentence, c := range map[string]struct{ text, fails string }{
		"a complete configuration is accepted":               {`{"logDir":"/var/log/x","processes":[]}`, ""},
		"a configuration without a log directory is refused": {`{"processes":[]}`, "logDir"},
		"a damaged configuration is refused":                 {`{"processes":[`, "run `lotse up` again"},
	} {
		t.Run(sentence, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "host.json")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			h, err := Read(file)
			if (err != nil) != (c.fails != "") || (err != nil && !strings.Contains(err.Error(), c.fails)) {
				t.Error(err)
			}
			if err == nil && h.StatusSocket != status.Socket {
				t.Errorf("socket %q", h.StatusSocket)
			}
		})
	}
}

func TestUnitsAreWhatTheConfigurationSays(t *testing.T) {
	got, err := units(boot.Host{LogDir: t.TempDir(), Processes: []boot.Process{
		{Name: "etcd", Args: []string{"etcd", "-v"}, Env: []string{"A=b"}, Probe: boot.Probe{URL: "http://127.0.0.1:1/"}},
		{Name: "scheduler", Args: []string{"s"}, After: []string{"etcd"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Probe == nil || got[0].Args[1] != "-v" || got[0].Env[0] != "A=b" {
		t.Errorf("%+v", got[0])
	}
	if got[1].Probe != nil || got[1].After[0] != "etcd" {
		t.Errorf("%+v", got[1])
	}
}
