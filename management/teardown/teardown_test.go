package teardown

import (
	"reflect"
	"syscall"
	"testing"

	"sigs.k8s.io/knftables"
)

var scope = Scope{
	Data: "/var/lib/lotse", Run: "/run/lotse", Cgroups: []string{"lotse", "lotse.slice"},
	Tables: []string{"ip kube-proxy", "ip cni_hostport"}, ForeignTables: []string{"ip cni_hostport"},
}

func TestOwns(t *testing.T) {
	for sentence, c := range map[string]struct {
		process Process
		ours    bool
	}{
		"a process in our cgroup is ours":                   {Process{Exe: "/bin/sh", Cgroups: []string{"/", "/lotse/kubepods/pod1/abc"}}, true},
		"so is one in our slice":                            {Process{Exe: "/bin/sh", Cgroups: []string{"/lotse.slice/lotse.service"}}, true},
		"a cgroup whose name only begins like ours is not":  {Process{Exe: "/bin/sh", Cgroups: []string{"/lotsen"}}, false},
		"one of our programs is ours wherever it runs":      {Process{Exe: "/var/lib/lotse/bin/kubelet"}, true},
		"also after its file was replaced":                  {Process{Exe: "/var/lib/lotse/bin/kubelet (deleted)"}, true},
		"an editor of one of our files is not ours":         {Process{Exe: "/usr/bin/vi", Args: []string{"vi", "/var/lib/lotse/host.json"}}, false},
		"a shim of our containerd is ours":                  {Process{Exe: "/opt/x", Args: []string{"/opt/containerd-shim-runc-v2", "-address", "/run/lotse/containerd/containerd.sock"}}, true},
		"a shim of another containerd is not":               {Process{Exe: "/opt/x", Args: []string{"/opt/containerd-shim-runc-v2", "-address", "/run/containerd/containerd.sock"}}, false},
		"another Kubernetes on this machine is not ours":    {Process{Exe: "/usr/bin/kubelet", Cgroups: []string{"/system.slice/kubelet.service"}}, false},
		"a kernel thread is not ours":                       {Process{}, false},
		"a container of a machine inside a Pod is ours too": {Process{Exe: "/x", Cgroups: []string{"/lotse/kubepods/pod1/abc/kubepods/pod2/def"}}, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := scope.Owns(c.process); got != c.ours {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAncestors(t *testing.T) {
	all := map[int]Process{1: {PID: 1}, 5: {PID: 5, Parent: 1}, 9: {PID: 9, Parent: 5}, 7: {PID: 7, Parent: 1}}
	if got := ancestors(all, 9); !reflect.DeepEqual(got, map[int]bool{1: true, 5: true, 9: true}) {
		t.Errorf("got %v", got)
	}
}

func TestMountsComeInnermostFirstAndTheDataDiskStays(t *testing.T) {
	table := `21 1 8:1 / / rw - ext4 /dev/sda rw
30 21 8:2 / /var/lib/lotse rw - ext4 /dev/sdb rw
31 30 0:5 / /var/lib/lotse/kubelet/pods/1/volumes/a\040b rw - tmpfs tmpfs rw
32 31 0:6 / /var/lib/lotse/kubelet/pods/1/volumes/a\040b/c rw shared:1 - overlay overlay rw
33 21 0:7 / /var/lib/lotse-other rw - tmpfs tmpfs rw
34 21 0:8 / /run/lotse/shm rw - tmpfs tmpfs rw
`
	want := []string{"/run/lotse/shm", "/var/lib/lotse/kubelet/pods/1/volumes/a b/c", "/var/lib/lotse/kubelet/pods/1/volumes/a b"}
	if got := scope.within(parseMounts(table)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestTablesThatExistedBeforeStay(t *testing.T) {
	all := parseTables("table ip kube-proxy\ntable ip cni_hostport\ntable inet filter\n")
	if got := scope.ownTables(all); !reflect.DeepEqual(got, []string{"ip kube-proxy"}) {
		t.Errorf("got %q", got)
	}
}

func TestTablesAreDroppedTogether(t *testing.T) {
	nft := knftables.NewFake("", "")
	tx := nft.NewTransaction()
	for _, family := range []knftables.Family{knftables.IPv4Family, knftables.IPv6Family} {
		tx.Add(&knftables.Table{Family: family, Name: "kube-proxy"})
	}
	tx.Add(&knftables.Table{Family: knftables.InetFamily, Name: "filter"})
	if err := nft.Run(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	if err := drop(t.Context(), nft, []string{"ip kube-proxy", "ip6 kube-proxy", "ip gone"}); err != nil {
		t.Fatal(err)
	}
	if len(nft.Tables[knftables.IPv4Family])+len(nft.Tables[knftables.IPv6Family]) != 0 || len(nft.Tables[knftables.InetFamily]) != 1 {
		t.Errorf("left are %v, want another program's table alone", nft.Tables)
	}
}

func TestParseStatSurvivesStrangeNames(t *testing.T) {
	if parent, state := parseStat("12 (a) b (c) S 7 12 12"); parent != 7 || state != "S" {
		t.Errorf("got %d %q", parent, state)
	}
}

func TestKillAtOnce(t *testing.T) {
	listens := "Name:\tx\nSigCgt:\t0000000000004000\n"
	for sentence, c := range map[string]struct {
		process Process
		want    bool
	}{
		"a process that handles SIGTERM gets it":                       {Process{Args: []string{"/usr/local/bin/etcd"}, IgnoresTERM: !catches(listens, syscall.SIGTERM)}, false},
		"one that does not is killed":                                  {Process{Args: []string{"sleep"}, IgnoresTERM: !catches("SigCgt:\t0000000000000000\n", syscall.SIGTERM)}, true},
		"an API server would wait for clients while etcd waits for it": {Process{Args: []string{"/usr/local/bin/kube-apiserver", "--x"}}, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.process.KillAtOnce(); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
