package host

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
)

// MachineRuntime is the runtime of machines: runc with a hook. It is the name of the RuntimeClass and of containerd's handler.
const MachineRuntime = "lotse-machine"

// readMachineSpec asks containerd for the specification that it makes containers from, and changes it for machines.
func readMachineSpec(ctx context.Context, d Data) ([]byte, error) {
	text, err := exec.CommandContext(ctx, d.Bin()+"/ctr", "oci", "spec").Output()
	if err != nil {
		return nil, fmt.Errorf("asking containerd for its default container: %w", err)
	}
	return machineSpec(text, d.Bin()+"/lotse-node")
}

// machineSpec is containerd's default container, an OCI specification, with what machines need.
func machineSpec(defaults []byte, agent string) ([]byte, error) {
	spec := map[string]any{}
	if err := json.Unmarshal(defaults, &spec); err != nil {
		return nil, fmt.Errorf("reading containerd's default container: %w", err)
	}
	// Package hook describes what the hook gives.
	spec["hooks"] = map[string]any{"createRuntime": []any{
		map[string]any{"path": agent, "args": []string{"lotse-node", "hook"}, "timeout": 10},
	}}
	// Limits are inherited from containerd: in a user namespace root may not raise them.
	if process, found := spec["process"].(map[string]any); found {
		delete(process, "rlimits")
	}
	// Privileged Pods of the machine need a writable /sys (package hook).
	mounts, _ := spec["mounts"].([]any)
	for _, m := range mounts {
		if mount, found := m.(map[string]any); found && mount["destination"] == "/sys" {
			mount["options"] = writable(mount["options"])
		}
	}
	content, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the container of machines: %w", err)
	}
	return append(content, '\n'), nil
}

func writable(options any) []any {
	all, _ := options.([]any)
	return slices.DeleteFunc(all, func(o any) bool { return o == "ro" })
}
