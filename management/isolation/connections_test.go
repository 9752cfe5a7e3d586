package isolation

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"sigs.k8s.io/knftables"
)

func boundText(group int) string {
	return boundConnections(knftables.NewFake(knftables.InetFamily, connectionsName), group).String()
}

func TestConnectionsOfPodsAreBoundedAtTheHostAndWhenForwarded(t *testing.T) {
	got := boundText(1096)
	for _, chain := range []string{"input", "forward"} {
		want := fmt.Sprintf("add rule inet lotse-connections %s meta iifgroup 1096 ct state new update @connections { ip saddr ct count over 16384 } counter reject", chain)
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "delete") {
		t.Error("the table is deleted, so its counts begin anew")
	}
}

func TestTheBoundIsWrittenAgainOnlyWhereItIsMissing(t *testing.T) {
	nft := &counting{Fake: knftables.NewFake(knftables.InetFamily, connectionsName)}
	b := &bound{nft: nft, linkGroup: 1096, log: slog.New(slog.DiscardHandler)}
	b.write(t.Context())
	b.verify(t.Context())
	if nft.runs != 1 {
		t.Errorf("%d writes of a table that is there, want 1", nft.runs)
	}
	tx := nft.NewTransaction()
	tx.Delete(&knftables.Table{})
	if err := nft.Fake.Run(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	b.verify(t.Context())
	if nft.runs != 2 {
		t.Errorf("%d writes after another program removed the table, want 2", nft.runs)
	}
}

func TestAKernelThatDoesNotCountIsAskedOnce(t *testing.T) {
	nft := &counting{Fake: knftables.NewFake(knftables.InetFamily, connectionsName), refuse: syscall.ENOENT}
	b := &bound{nft: nft, linkGroup: 1096, log: slog.New(slog.DiscardHandler)}
	b.write(t.Context())
	b.verify(t.Context())
	if nft.runs != 1 {
		t.Errorf("%d attempts, want 1", nft.runs)
	}
}

// flood makes a network of two Pods in new namespaces, in which the table counts to 16 instead, sends from one to 64 ports of the other and shows how
// many connections the host tracks for it.
const flood = `set -e
mount -t tmpfs tmpfs /run; mkdir /run/netns
for pod in left right; do
  ip netns add $pod; ip link add $pod type veth peer name eth0 netns $pod; ip link set $pod up group 1096
  ip -n $pod link set eth0 up; ip -n $pod link set lo up
done
ip addr add 192.0.2.1/25 dev left; ip -n left addr add 192.0.2.2/25 dev eth0; ip -n left route add default via 192.0.2.1
ip addr add 192.0.2.129/25 dev right; ip -n right addr add 192.0.2.130/25 dev eth0; ip -n right route add default via 192.0.2.129
echo 1 >/proc/sys/net/ipv4/ip_forward
sed 's/count over 16384/count over 16/' | nft -f -
ip netns exec left bash -c 'for port in $(seq 2000 2063); do echo x >/dev/udp/192.0.2.130/$port || true; done' 2>/dev/null
grep -c 'src=192.0.2.2 ' /proc/net/nf_conntrack`

// TestTheKernelTracksNoMoreThanTheBound needs root: the kernel asks for it even in namespaces of its own, which keep the host's as they are.
func TestTheKernelTracksNoMoreThanTheBound(t *testing.T) {
	if _, err := exec.LookPath("nft"); os.Geteuid() != 0 || err != nil {
		t.Skip("needs root and nft")
	}
	cmd := exec.Command("bash", "-c", flood)
	cmd.Stdin = strings.NewReader(boundText(1096) + boundText(1096)) // it may be written again
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "16" {
		t.Errorf("the host tracks %q connections of the Pod, want 16 (%v)", got, err)
	}
}
