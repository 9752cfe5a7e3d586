package node

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"lotse.dev/machine/boot"
)

func TestTheAddressTowardsTheAPIServer(t *testing.T) {
	for server, want := range map[string]string{"https://127.0.0.1:6443": "127.0.0.1", "https://[::1]:6443": "::1", "%": ""} {
		if got := address(t.Context(), server); got != want {
			t.Errorf("%s: %q, want %q", server, got, want)
		}
	}
}

func TestTheKubeletGetsNoSecretInItsArguments(t *testing.T) {
	m := boot.Machine{NodeName: "vm0", BootstrapToken: "abcdef.0123456789abcdef"}
	args := kubelet(m, "team=a", "10.0.0.4")
	if strings.Contains(strings.Join(args, " "), "0123456789abcdef") {
		t.Error(args)
	}
	for _, want := range []string{"vm0", "team=a", "10.0.0.4"} {
		if !slices.Contains(args, want) {
			t.Errorf("%s is missing in %q", want, args)
		}
	}
}

func TestSysctlsAreProtectedBeforeFilesAreMountedOverThem(t *testing.T) {
	var order []string
	for _, p := range preparations(boot.Machine{}) {
		order = append(order, p.what)
	}
	protected, shown := slices.Index(order, "making the host's sysctls read-only"), slices.Index(order, "showing the machine's size")
	if protected < 0 || shown < protected {
		t.Errorf("/proc/sys is mounted over the machine's boot ID and kernel settings: %q", order)
	}
}

func TestOpenFiles(t *testing.T) {
	for sentence, c := range map[string]struct {
		hard uint64
		want syscall.Rlimit
	}{
		"a host that allows more gets AKS's limits": {1 << 30, syscall.Rlimit{Cur: 1024, Max: 1 << 20}},
		"a lower hard limit stays":                  {4096, syscall.Rlimit{Cur: 1024, Max: 4096}},
		"a very low hard limit is the soft one too": {512, syscall.Rlimit{Cur: 512, Max: 512}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := withinHard(openFiles, c.hard); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	whole := boot.Machine{
		NodeName: "vm0", APIServer: "https://a", ClusterCA: "ca", PauseImage: "pause", Size: boot.Size{CPUs: 2, MemoryBytes: 4 << 30},
	}
	unnamed, tiny := whole, whole
	unnamed.NodeName, tiny.Size.MemoryBytes = "", 1
	for sentence, c := range map[string]struct {
		machine boot.Machine
		lacks   string
	}{
		"a complete boot file is accepted":    {whole, ""},
		"a machine without a name is refused": {unnamed, "nodeName"},
		"a machine without memory is refused": {tiny, "memory"},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := check(c.machine)
			if (err != nil) != (c.lacks != "") || (err != nil && !strings.Contains(err.Error(), c.lacks)) {
				t.Error(err)
			}
		})
	}
}
