package preflight

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"lotse.dev/management/teardown"
)

// good is a host without any obstacle.
func good() Facts {
	return Facts{Root: true, Data: "/var/lib/lotse", Memory: 8 << 30, Disk: 50 << 30, Listen: Port{"127.0.0.1", 8443}}
}

func TestCheck(t *testing.T) {
	for sentence, c := range map[string]struct {
		change func(*Facts)
		want   []string // a part of each obstacle or remedy, in order
	}{
		"a good host has no findings":                                      {func(*Facts) {}, nil},
		"without root that is the only finding":                            {func(f *Facts) { f.Root, f.Memory = false, 0 }, []string{"not root"}},
		"little memory is named with what there is":                        {func(f *Facts) { f.Memory = 2 << 30 }, []string{"2.0 GiB of memory"}},
		"a machine of 4 GiB that has a little less is enough":              {func(f *Facts) { f.Memory = 3900 << 20 }, nil},
		"little disk is named with its directory":                          {func(f *Facts) { f.Disk = 3 << 30 }, []string{"/var/lib/lotse has 3.0 GiB free"}},
		"a disk that Lotse itself filled is no obstacle":                   {func(f *Facts) { f.Disk, f.Installed = 3<<30, true }, nil},
		"missing programs are named by package":                            {func(f *Facts) { f.MissingPackages = []string{"runc", "nftables"} }, []string{"apt-get install runc nftables"}},
		"a missing kernel feature is named with its module":                {func(f *Facts) { f.MissingKernel = []string{"nftables"} }, []string{"modprobe nf_tables"}},
		"another missing feature is a module of the same name":             {func(f *Facts) { f.MissingKernel = []string{"vxlan"} }, []string{"modprobe vxlan"}},
		"missing controllers are one finding":                              {func(f *Facts) { f.MissingControllers = []string{"memory", "pids"} }, []string{"memory, pids"}},
		"a taken port names the process":                                   {func(f *Facts) { f.Taken = []Taken{{Port{"127.0.0.1", 7379}, "process 7 (etcd)"}} }, []string{"process 7 (etcd) listens on 127.0.0.1:7379"}},
		"the front door's port can be chosen":                              {func(f *Facts) { f.Taken = []Taken{{f.Listen, ""}} }, []string{"--listen"}},
		"our range on a foreign link is an obstacle":                       {func(f *Facts) { f.ForeignAddresses = []string{"100.97.1.1 on tailscale0"} }, []string{"100.97.1.1 on tailscale0"}},
		"a public address must be one of this host":                        {func(f *Facts) { f.Address = "192.0.2.9" }, []string{"not an address of this host"}},
		"another Kubernetes' rules are an obstacle before the first start": {func(f *Facts) { f.ForeignTables = []string{"ip kube-proxy"} }, []string{"ip kube-proxy"}},
		"later they are Lotse's own":                                       {func(f *Facts) { f.ForeignTables, f.Installed = []string{"ip kube-proxy"}, true }, nil},
		"what an unknown installation left must be purged":                 {func(f *Facts) { f.Leftovers = []string{"mount /run/lotse/x"} }, []string{"lotse purge"}},
		"what belongs to another running installation is not left behind":  {func(f *Facts) { f.Leftovers, f.OtherInstallations = []string{"x"}, []string{"/srv/lotse"} }, []string{"lotse down --data-dir /srv/lotse"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := good()
			c.change(&f)
			got := Check(f)
			if len(got) != len(c.want) {
				t.Fatalf("got %d findings: %+v", len(got), got)
			}
			for i, g := range got {
				if !strings.Contains(g.Obstacle+" "+g.Remedy, c.want[i]) || g.Remedy == "" {
					t.Errorf("finding %+v does not say %q", g, c.want[i])
				}
			}
		})
	}
}

func TestFindingsAreAnErrorThatNamesAllOfThem(t *testing.T) {
	if err := (Findings{}).Err(); err != nil {
		t.Errorf("no finding is the error %v", err)
	}
	err := Findings{{"one obstacle", "one remedy"}, {"another", "its remedy"}}.Err()
	for _, want := range []string{"one obstacle", "one remedy", "another", "its remedy"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing: %v", want, err)
		}
	}
}

func TestListenersAreReadInTheHostsByteOrder(t *testing.T) {
	content := `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1CD3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1CD3 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
`
	want := []listener{{netip.MustParseAddrPort("127.0.0.1:7379"), "4711"}}
	if got := parseListeners(content); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestConflicts(t *testing.T) {
	for sentence, c := range map[string]struct {
		listens string
		wanted  Port
		want    bool
	}{
		"the same address and port conflict":         {"127.0.0.1:80", Port{"127.0.0.1", 80}, true},
		"another address does not":                   {"10.0.0.1:80", Port{"127.0.0.1", 80}, false},
		"another port does not":                      {"127.0.0.1:81", Port{"127.0.0.1", 80}, false},
		"another process on all addresses conflicts": {"[::]:80", Port{"127.0.0.1", 80}, true},
		"wanting all addresses conflicts with one":   {"10.0.0.1:80", Port{"0.0.0.0", 80}, true},
		"wanting no particular one is wanting all":   {"10.0.0.1:80", Port{"", 80}, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := (listener{netip.MustParseAddrPort(c.listens), ""}).conflicts(c.wanted); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestMissingControllers(t *testing.T) {
	v1 := "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\ncpuset\t3\t1\t1\nmemory\t4\t1\t0\npids\t8\t1\t1\n"
	mounted := []teardown.Mount{{Point: "/sys/fs/cgroup/cpu", Type: "cgroup"}}
	for sentence, c := range map[string]struct {
		mounts []teardown.Mount
		v1, v2 string
		want   []string
	}{
		"version 2 with all is complete":              {nil, "", "cpuset cpu io memory pids", nil},
		"a disabled controller of version 1 is named": {mounted, v1, "", []string{"memory"}},
		"version 1 that is not mounted has none":      {nil, v1, "", []string{"cpu", "cpuset", "memory", "pids"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := missingControllers(c.mounts, c.v1, c.v2); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}
