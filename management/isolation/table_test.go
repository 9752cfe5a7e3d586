package isolation

import (
	"flag"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/knftables"
)

var update = flag.Bool("update", false, "write the golden files")

func hostConfig() HostConfig {
	return HostConfig{
		LinkGroup: 1096, Pods: netip.MustParsePrefix("100.96.0.0/16"), Services: netip.MustParsePrefix("100.97.0.0/16"),
		Reserved: netip.MustParsePrefix("100.96.0.0/14"), API: netip.MustParseAddrPort("100.98.0.1:7443"),
		Resolvers: []netip.Addr{netip.MustParseAddr("192.0.2.53")},
	}
}

func fake() *knftables.Fake { return knftables.NewFake(knftables.InetFamily, tableName) }

func text(p Plan) string { return replacement(fake(), hostConfig(), p).String() }

func plans() map[string]Plan {
	api := policy(map[string]string{"api": "yes"}, to(
		from(networkingv1.NetworkPolicyPeer{PodSelector: has("api")}, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0"}}),
		networkingv1.NetworkPolicyPort{Port: ptr.To(intstr.FromInt32(6443))},
	))
	closed := policy(nil)
	closed.Name = "default"
	long := policy(map[string]string{"store": "yes"}, from())
	long.Name = strings.Repeat("x", 250)
	return map[string]Plan{"closed": {}, "two-policies": Decide(world(api, closed)), "long-name": Decide(world(long))}
}

func TestReplacement(t *testing.T) {
	for name, plan := range plans() {
		t.Run(name, func(t *testing.T) {
			got := text(plan)
			file := "testdata/" + name + ".nft"
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(file); err != nil || string(want) != got {
				t.Errorf("%s differs from what is rendered (run with -update and look at the difference): %v\n%s", file, err, got)
			}
		})
	}
}

// TestTheKernelTakesTheTable needs root: the kernel asks for it even in a network namespace of its own, which keeps the host's as it is.
func TestTheKernelTakesTheTable(t *testing.T) {
	if _, err := exec.LookPath("nft"); os.Geteuid() != 0 || err != nil {
		t.Skip("needs root and nft")
	}
	for name, plan := range plans() {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("nft", "-f", "-")
			cmd.Stdin = strings.NewReader(text(plan) + text(plan)) // the second one replaces the first
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
