package host

import (
	"encoding/json"
	"fmt"
)

// SeccompProfile of machines, relative to the kubelet's directory of profiles.
const SeccompProfile = "lotse/machine.json"

// denied are system calls that concern the whole kernel, or that nodes do not need and that help attackers: performance events of all processes,
// programs in the kernel, faults handled outside of it, keys, other kernels and modules, files opened by their number.
var denied = []string{
	"perf_event_open", "bpf", "userfaultfd", "add_key", "request_key", "keyctl",
	"kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
	"open_by_handle_at", "swapon", "swapoff", "acct", "lookup_dcookie", "quotactl", "quotactl_fd", "iopl", "ioperm",
}

// notImplemented is ENOSYS: programs take it for an older kernel and do without, where another error would end them.
const notImplemented = 38

// seccompProfile allows all that is not denied: containers inside have profiles of their own.
func seccompProfile() ([]byte, error) {
	type argument struct {
		Index    int    `json:"index"`
		Value    uint64 `json:"value"`
		ValueTwo uint64 `json:"valueTwo"`
		Op       string `json:"op"`
	}
	type rule struct {
		Names  []string   `json:"names"`
		Action string     `json:"action"`
		Errno  int        `json:"errnoRet"`
		Args   []argument `json:"args,omitempty"`
	}
	const fanMarkFilesystem, fanMarkMount = 0x100, 0x10
	marks := func(flag uint64) rule {
		return rule{[]string{"fanotify_mark"}, "SCMP_ACT_ERRNO", notImplemented, []argument{{1, flag, flag, "SCMP_CMP_MASKED_EQ"}}}
	}
	content, err := json.MarshalIndent(map[string]any{
		"defaultAction": "SCMP_ACT_ALLOW",
		"syscalls": []rule{
			{denied, "SCMP_ACT_ERRNO", notImplemented, nil},
			marks(fanMarkFilesystem), marks(fanMarkMount), // marks on what is mounted see the host's files
		},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("seccomp profile of machines: %w", err)
	}
	return append(content, '\n'), nil
}
