package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lotse.dev/management/teardown"
)

// initialState is the host's state before the first start: what purge must not remove, and what it must restore.
type initialState struct {
	// Tables of the packet filter that existed already.
	Tables []string `json:"tables"`
	// Settings of the kernel that the kubelet and the CNI plugins change.
	Settings map[string]string `json:"settings"`
}

// settings are the sysctls that upstream's programs set host-wide, the kubelet all but the last and the CNI plugin ptp the last, and those that
// are raised.
var settings = slices.Concat([]string{
	"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
	"net/ipv4/ip_forward",
}, slices.Sorted(maps.Keys(minimums)))

// minimums are settings of which the kernel has one for all machines. Its defaults are for one machine: each followed log takes an inotify
// instance of root's, in whose name all user namespaces are made, and process numbers end at 32768 where no systemd raised that. Instances and
// watches are so many that the memory of a machine, which they are charged to, ends before them.
var minimums = map[string]uint64{
	"fs/inotify/max_user_instances": 1 << 24,
	"fs/inotify/max_user_watches":   1 << 24,
	"kernel/pid_max":                1 << 22,
}

// recordInitialState writes it before anything on the host is changed. Of settings that an earlier version left alone it is added later.
func recordInitialState(d Data) error {
	state, known := initialState{}, exists(d.initialStateFile())
	var err error
	if known {
		state, err = readInitialState(d)
	} else {
		state.Tables, err = teardown.AllTables()
	}
	if err != nil {
		return err
	}
	if !state.add("/proc/sys") && known {
		return nil
	}
	content, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("initial state of the host: %w", err)
	}
	return File{d.initialStateFile(), 0o644, append(content, '\n')}.put()
}

// add the settings that are not recorded, as they are below dir, and report whether there were any.
func (s *initialState) add(dir string) (added bool) {
	if s.Settings == nil {
		s.Settings = map[string]string{}
	}
	for _, name := range settings {
		if _, recorded := s.Settings[name]; recorded {
			continue
		}
		if value, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			s.Settings[name], added = strings.TrimSpace(string(value)), true
		}
	}
	return added
}

// readInitialState reads the record. Without one, every table counts as another program's.
func readInitialState(d Data) (initialState, error) {
	content, err := os.ReadFile(d.initialStateFile())
	if errors.Is(err, fs.ErrNotExist) {
		return initialState{Tables: slices.Concat(ownTables, sharedTables)}, nil
	}
	var state initialState
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	if err != nil {
		return initialState{}, fmt.Errorf("read %s: %w", d.initialStateFile(), err)
	}
	return state, nil
}

// restoreSettings restores the kernel's settings. Forwarding stays enabled if there is a bridge: another program may depend on it by now.
func (s initialState) restoreSettings() error {
	bridges, err := filepath.Glob("/sys/class/net/*/bridge")
	if err != nil {
		return err
	}
	for name, value := range s.Settings {
		if name == "net/ipv4/ip_forward" && len(bridges) > 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join("/proc/sys", name), []byte(value), 0o644); err != nil {
			return fmt.Errorf("restore %s to %s: %w", name, value, err)
		}
	}
	return nil
}
