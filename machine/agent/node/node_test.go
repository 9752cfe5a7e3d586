package node

import (
	"slices"
	"strings"
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
