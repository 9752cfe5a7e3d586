package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lotse.dev/management/teardown"
)

// before is what the machine was like before the first start: what is not ours to remove, and what to set back.
type before struct {
	// Tables of the packet filter that had the names ours would have.
	Tables []string `json:"tables"`
	// Settings of the kernel that the kubelet and the network plugins change.
	Settings map[string]string `json:"settings"`
}

// settings are what upstream's programs set machine-wide: the kubelet the first ones, ptp the last.
var settings = []string{
	"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
	"net/ipv4/ip_forward",
}

func remember(d Data) error {
	if _, err := os.Stat(d.before()); err == nil {
		return nil
	}
	tables, err := teardown.AllTables()
	if err != nil {
		return err
	}
	b := before{Tables: tables, Settings: map[string]string{}}
	for _, name := range settings {
		if value, err := os.ReadFile(filepath.Join("/proc/sys", name)); err == nil {
			b.Settings[name] = strings.TrimSpace(string(value))
		}
	}
	content, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return fmt.Errorf("state of the machine before: %w", err)
	}
	return File{d.before(), 0o644, append(content, '\n')}.put()
}

// recall is the record; without one, nothing of those names is known to be ours.
func recall(d Data) (before, error) {
	content, err := os.ReadFile(d.before())
	if errors.Is(err, fs.ErrNotExist) {
		return before{Tables: slices.Concat(ownTables, sharedTables)}, nil
	}
	var b before
	if err == nil {
		err = json.Unmarshal(content, &b)
	}
	if err != nil {
		return before{}, fmt.Errorf("read %s: %w", d.before(), err)
	}
	return b, nil
}

// restore sets the kernel's settings back. Forwarding stays on if somebody else on this machine has a bridge: they may need it by now.
func (b before) restore() error {
	bridges, err := filepath.Glob("/sys/class/net/*/bridge")
	if err != nil {
		return err
	}
	for name, value := range b.Settings {
		if name == "net/ipv4/ip_forward" && len(bridges) > 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join("/proc/sys", name), []byte(value), 0o644); err != nil {
			return fmt.Errorf("set %s back to %s: %w", name, value, err)
		}
	}
	return nil
}
