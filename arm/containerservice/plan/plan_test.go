package plan

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubelet/pkg/apis"

	"lotse.dev/agentpool"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/release"
)

var releases = release.New([]v1alpha1.Release{named("r1.36.3"), named("r1.37.0"), named("r1.37.2")}, time.Now())

func named(name string) v1alpha1.Release {
	return v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.ReleaseSpec{KubernetesVersion: name[1:]}}
}

func poolSpec(change ...func(*v1alpha1.AgentPoolSpec)) v1alpha1.AgentPoolSpec {
	p := v1alpha1.AgentPoolSpec{Mode: v1alpha1.SystemPool, Count: 1, VMSize: "Standard_B2s", MaxPods: 110, OrchestratorVersion: "1.37.0", Release: "r1.37.0"}
	for _, f := range change {
		f(&p)
	}
	return p
}

// existing cluster c1 of version 1.37.0 with the system pool np1 and more pools.
func existing(pools ...v1alpha1.AgentPool) state.Cluster {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: 1}, Spec: v1alpha1.ManagedClusterSpec{
		SubscriptionID: "s", ResourceGroup: "rg", Name: "c1", Location: "local", KubernetesVersion: "1.37.0", Release: "r1.37.0",
		Network: v1alpha1.NetworkSpec{PodCIDR: "10.244.0.0/22"}, // four nodes
	}}
	return state.Cluster{Object: c, PoolObjects: append([]v1alpha1.AgentPool{object("np1", poolSpec())}, pools...)}
}

func object(name string, spec v1alpha1.AgentPoolSpec) v1alpha1.AgentPool {
	return v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.ClusterPoolSpec{Name: name, AgentPoolSpec: spec}}
}

func broken(p v1alpha1.AgentPool) v1alpha1.AgentPool {
	p.Status.Operations = []v1alpha1.Operation{{State: v1alpha1.Failed}}
	return p
}

// asks of the existing cluster.
func asks(present state.Cluster, change ...func(*request.Cluster)) request.Cluster {
	req := request.Cluster{Spec: *present.Object.Spec.DeepCopy()}
	for _, f := range change {
		f(&req)
	}
	return req
}

func version(v string) func(*request.Cluster) { return func(r *request.Cluster) { r.Version = v } }

func pool(name string, spec v1alpha1.AgentPoolSpec, change ...func(*request.Pool)) func(*request.Cluster) {
	return func(r *request.Cluster) {
		p := request.Pool{Name: name, Spec: spec, Path: "properties.agentPoolProfiles[0]"}
		for _, f := range change {
			f(&p)
		}
		r.Pools = append(r.Pools, p)
	}
}

func TestNewCluster(t *testing.T) {
	management := []netip.Prefix{netip.MustParsePrefix("172.20.0.0/24")}
	fresh := func(change ...func(*request.Cluster)) request.Cluster {
		req := request.Cluster{Spec: v1alpha1.ManagedClusterSpec{SubscriptionID: "s-1", ResourceGroup: "rg", Name: "c_1", Location: "local"}}
		for _, f := range append([]func(*request.Cluster){pool("np1", v1alpha1.AgentPoolSpec{Count: 1})}, change...) {
			f(&req)
		}
		return req
	}
	spec := func(f func(*v1alpha1.ManagedClusterSpec)) func(*request.Cluster) {
		return func(r *request.Cluster) { f(&r.Spec) }
	}
	for sentence, c := range map[string]struct {
		req    request.Cluster
		kind   fault.Kind
		target string
	}{
		"what is left out is filled in":                   {fresh(), "", ""},
		"a version is resolved":                           {fresh(version("1.36")), "", ""},
		"a version that is not supported is refused":      {fresh(version("1.20")), fault.KubernetesVersionNotAllowed, "properties.kubernetesVersion"},
		"the node resource group is not the cluster's":    {fresh(spec(func(s *v1alpha1.ManagedClusterSpec) { s.NodeResourceGroup = "RG" })), fault.InvalidParameter, "properties.nodeResourceGroup"},
		"a DNS prefix is a DNS label":                     {fresh(spec(func(s *v1alpha1.ManagedClusterSpec) { s.DNSPrefix = "a.b" })), fault.InvalidParameter, "properties.dnsPrefix"},
		"the management cluster's networks are not free":  {fresh(spec(func(s *v1alpha1.ManagedClusterSpec) { s.Network.PodCIDR = "172.20.0.0/16" })), fault.InvalidParameter, "properties.networkProfile.podCidr"},
		"a pod network has an address for every node":     {fresh(spec(func(s *v1alpha1.ManagedClusterSpec) { s.Network.PodCIDR = "10.1.0.0/24" }), pool("np2", v1alpha1.AgentPoolSpec{Count: 1})), fault.InvalidParameter, "properties.networkProfile.podCidr"},
		"two pools do not have one name":                  {fresh(pool("np1", v1alpha1.AgentPoolSpec{Count: 1})), fault.InvalidParameter, "properties.agentPoolProfiles[0].name"},
		"a cluster without a System pool is refused":      {request.Cluster{Spec: fresh().Spec}, fault.InvalidParameter, "properties.agentPoolProfiles"},
		"a pool that is wrong by itself is refused first": {fresh(pool("np2", v1alpha1.AgentPoolSpec{Count: -1})), fault.InvalidParameter, "properties.agentPoolProfiles[0].count"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := Cluster(c.req, Facts{Catalogue: releases, ManagementNetworks: management})
			if c.kind != "" {
				if err == nil || fault.Of(err).Kind != c.kind || fault.Of(err).Target != c.target {
					t.Errorf("got %v at %q", err, fault.Of(err).Target)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			p := got.PoolProfiles[0]
			if got.DNSPrefix != "c1-rg-s-1" || got.NodeResourceGroup != "MC_rg_c_1_local" || got.Network.DNSServiceIP != "10.0.0.10" || got.Release == "" {
				t.Errorf("got %+v", got)
			}
			if p.Mode != v1alpha1.SystemPool || p.VMSize == "" || p.MaxPods != 110 || p.OSDiskSizeGB != 32 || p.OrchestratorVersion != got.KubernetesVersion || p.Release != got.Release {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func TestExistingCluster(t *testing.T) {
	np2 := object("np2", poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.Mode, p.OrchestratorVersion = v1alpha1.UserPool, "1.36.3" }))
	plain, two, behind := existing(), existing(broken(np2)), existing()
	behind.Object.Status.CurrentKubernetesVersion = "1.35.4"
	for sentence, c := range map[string]struct {
		present state.Cluster
		change  []func(*request.Cluster)
		version string
		pools   map[string]int32 // by name, the attempts
		kind    fault.Kind
	}{
		"a write without a version keeps it":              {plain, nil, "1.37.0", nil, ""},
		"the alias of the present minor never upgrades":   {plain, []func(*request.Cluster){version("1.37")}, "1.37.0", nil, ""},
		"a version that is named is an upgrade":           {plain, []func(*request.Cluster){version("1.37.2")}, "1.37.2", nil, ""},
		"a downgrade is refused":                          {plain, []func(*request.Cluster){version("1.36.3")}, "", nil, fault.KubernetesVersionNotAllowed},
		"a version that is not installed is refused":      {plain, []func(*request.Cluster){version("1.38")}, "", nil, fault.KubernetesVersionNotAllowed},
		"a skipped minor is refused":                      {plain, []func(*request.Cluster){version("1.39.0")}, "", nil, fault.KubernetesVersionNotAllowed},
		"so is one that a failed upgrade left behind":     {behind, []func(*request.Cluster){version("1.37.2")}, "", nil, fault.KubernetesVersionNotAllowed},
		"the failed upgrade itself can be repeated":       {behind, []func(*request.Cluster){version("1.37.0")}, "1.37.0", nil, ""},
		"a failed pool that is not named is repeated":     {two, nil, "1.37.0", map[string]int32{"np2": 1}, ""},
		"a failed pool that is named is repeated once":    {two, []func(*request.Cluster){func(r *request.Cluster) { r.Pools = append(r.Pools, request.Keep("np2", two)) }}, "1.37.0", map[string]int32{"np2": 1}, ""},
		"a pool that is named and has not failed stays":   {plain, []func(*request.Cluster){func(r *request.Cluster) { r.Pools = append(r.Pools, request.Keep("np1", plain)) }}, "1.37.0", map[string]int32{"np1": 0}, ""},
		"the last System pool cannot become a User pool":  {plain, []func(*request.Cluster){pool("np1", poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.Mode = v1alpha1.UserPool }))}, "", nil, fault.InvalidParameter},
		"more nodes than the pod network has are refused": {plain, []func(*request.Cluster){pool("np3", poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.Count = 4 }))}, "", nil, fault.InvalidParameter},
		"a pool too old for its control plane is refused": {existing(object("old", poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.OrchestratorVersion = "1.30.0" }))), nil, "", nil, fault.VersionNotSupported},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := Cluster(asks(c.present, c.change...), Facts{Present: c.present, Catalogue: releases})
			if (err == nil) != (c.kind == "") || err != nil && fault.Of(err).Kind != c.kind {
				t.Fatalf("got %v", err)
			}
			if err != nil {
				return
			}
			attempts := map[string]int32{}
			for _, p := range got.PoolProfiles {
				attempts[p.Name] = int32(p.Attempt)
			}
			if got.VersionAlias != alias(asks(c.present, c.change...).Version) {
				t.Errorf("got alias %q", got.VersionAlias)
			}
			if got.KubernetesVersion != c.version || !maps.Equal(attempts, c.pools) {
				t.Errorf("got version %s and attempts %v", got.KubernetesVersion, attempts)
			}
			if got.Release != "r"+c.version {
				t.Errorf("got release %s", got.Release)
			}
		})
	}
}

func TestAllFaultsOfANewClusterAreNamed(t *testing.T) {
	req := request.Cluster{Spec: v1alpha1.ManagedClusterSpec{SubscriptionID: "s-1", ResourceGroup: "rg", Name: "c1", DNSPrefix: "a.b",
		Network: v1alpha1.NetworkSpec{PodCIDR: "10.1.0.0"}}}
	pool("np1", v1alpha1.AgentPoolSpec{Count: -1, VMSize: "nope"})(&req)
	_, err := Cluster(req, Facts{Catalogue: releases})
	for _, target := range []string{"networkProfile.podCidr", "dnsPrefix", "agentPoolProfiles[0].count", "agentPoolProfiles[0].vmSize"} {
		named := func(e *fault.Error) bool {
			return e.Target == "properties."+target && strings.Contains(fault.Of(err).Message, e.Message)
		}
		if err == nil || !slices.ContainsFunc(fault.Of(err).Details, named) {
			t.Errorf("%s is not named in %v", target, err)
		}
	}
}

func TestPoolVersion(t *testing.T) {
	old := poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.OrchestratorVersion, p.Release = "1.36.3", "r1.36.3" })
	present := existing(object("np2", old))
	for sentence, c := range map[string]struct {
		present *v1alpha1.AgentPoolSpec
		version string
		sent    bool
		want    string
		kind    fault.Kind
	}{
		"a new pool has the control plane's version":            {nil, "", false, "1.37.0", ""},
		"a new pool may be older":                               {nil, "1.36.3", true, "1.36.3", ""},
		"an alias of the control plane's minor means its patch": {nil, "1.37", true, "1.37.0", ""},
		"a new pool may not be newer":                           {nil, "1.37.2", true, "", fault.VersionNotSupported},
		"a version there is not is refused":                     {nil, "1.20.1", true, "", fault.VersionNotSupported},
		"a pool keeps its version if none is sent":              {&old, "", false, "1.36.3", ""},
		"an empty version goes to the control plane's":          {&old, "", true, "1.37.0", ""},
		"the alias of the pool's minor keeps it":                {&old, "1.36", true, "1.36.3", ""},
		"a pool is upgraded to the control plane's version":     {&old, "1.37.0", true, "1.37.0", ""},
		"the present version changes nothing":                   {&old, "1.36.3", true, "1.36.3", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			req := request.Pool{Name: "np2", Path: "properties", Present: c.present, Version: c.version, VersionSent: c.sent}
			req.Spec = v1alpha1.AgentPoolSpec{Count: 1}
			if c.present != nil {
				req.Spec = *c.present
			}
			got, err := Pool(req, Facts{Present: present, Catalogue: releases})
			if (err == nil) != (c.kind == "") || err != nil && fault.Of(err).Kind != c.kind {
				t.Fatalf("got %v", err)
			}
			if err == nil && (got.OrchestratorVersion != c.want || got.Release != "r"+c.want) {
				t.Errorf("got %s of release %s", got.OrchestratorVersion, got.Release)
			}
			if err == nil && got.VersionAlias != alias(c.version) {
				t.Errorf("got alias %q", got.VersionAlias)
			}
		})
	}
	newer := poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.OrchestratorVersion = "1.37.0" })
	req := request.Pool{Name: "np1", Path: "properties", Spec: newer, Present: &newer, Version: "1.36.3", VersionSent: true}
	if _, err := Pool(req, Facts{Present: present, Catalogue: releases}); err == nil || fault.Of(err).Kind != fault.VersionNotSupported {
		t.Errorf("a downgrade of a pool: %v", err)
	}
	lone := existing()
	req = request.Pool{Name: "np1", Path: "properties", Spec: poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.Mode = v1alpha1.UserPool }), Present: &newer}
	if _, err := Pool(req, Facts{Present: lone, Catalogue: releases}); err == nil {
		t.Error("the last System pool became a User pool")
	}
}

func TestCheckPool(t *testing.T) {
	label := func(key, value string) func(*v1alpha1.AgentPoolSpec) {
		return func(p *v1alpha1.AgentPoolSpec) { p.NodeLabels = map[string]string{key: value} }
	}
	taint := func(text string) func(*v1alpha1.AgentPoolSpec) {
		return func(p *v1alpha1.AgentPoolSpec) { p.NodeTaints = []string{text} }
	}
	taints := func(all ...string) func(*v1alpha1.AgentPoolSpec) {
		return func(p *v1alpha1.AgentPoolSpec) { p.NodeTaints = all }
	}
	many := func(p *v1alpha1.AgentPoolSpec) {
		p.NodeLabels = map[string]string{}
		for _, a := range strings.Split("abcdefghijk", "") {
			for _, b := range strings.Split("abcdefghijk", "") {
				p.NodeLabels[a+b] = ""
			}
		}
	}
	for sentence, c := range map[string]struct {
		change func(*v1alpha1.AgentPoolSpec)
		field  string
	}{
		"a plain pool is fine":                 {func(*v1alpha1.AgentPoolSpec) {}, ""},
		"a mode is System or User":             {func(p *v1alpha1.AgentPoolSpec) { p.Mode = "Odd" }, "mode"},
		"a count is not negative":              {func(p *v1alpha1.AgentPoolSpec) { p.Mode, p.Count = v1alpha1.UserPool, -1 }, "count"},
		"a pool has at most a thousand nodes":  {func(p *v1alpha1.AgentPoolSpec) { p.Count = 1001 }, "count"},
		"a System pool has a node":             {func(p *v1alpha1.AgentPoolSpec) { p.Count = 0 }, "count"},
		"a User pool may have none":            {func(p *v1alpha1.AgentPoolSpec) { p.Mode, p.Count = v1alpha1.UserPool, 0 }, ""},
		"a size is known":                      {func(p *v1alpha1.AgentPoolSpec) { p.VMSize = "Standard_X1" }, "vmSize"},
		"a disk is not too small":              {func(p *v1alpha1.AgentPoolSpec) { p.OSDiskSizeGB = 9 }, "osDiskSizeGB"},
		"a disk is not too large":              {func(p *v1alpha1.AgentPoolSpec) { p.OSDiskSizeGB = 2049 }, "osDiskSizeGB"},
		"a node has at least ten pods":         {func(p *v1alpha1.AgentPoolSpec) { p.MaxPods = 9 }, "maxPods"},
		"a node has at most 250 pods":          {func(p *v1alpha1.AgentPoolSpec) { p.MaxPods = 251 }, "maxPods"},
		"there are not too many labels":        {many, "nodeLabels"},
		"there are not too many taints":        {func(p *v1alpha1.AgentPoolSpec) { p.NodeTaints = make([]string, 51) }, "nodeTaints"},
		"a plain label is fine":                {label("a", "b"), ""},
		"a label with an own prefix is fine":   {label("example.com/a", "b"), ""},
		"a node label is fine":                 {label("node.kubernetes.io/a", "b"), ""},
		"a label is well formed":               {label("a b", "c"), "nodeLabels"},
		"AKS's labels are the service's":       {label("x.kubernetes.azure.com/a", "b"), "nodeLabels"},
		"Kubernetes's labels are Kubernetes's": {label("kubernetes.io/hostname", "b"), "nodeLabels"},
		"a taint is fine":                      {taint("a=b:NoSchedule"), ""},
		"a taint without a value is fine":      {taint("a:NoExecute"), ""},
		"a taint has an effect":                {taint("a=b"), "nodeTaints"},
		"a taint's effect is known":            {taint("a=b:Never"), "nodeTaints"},
		"a taint's key is well formed":         {taint("a b=c:NoSchedule"), "nodeTaints"},
		"a taint's value has no equals sign":   {taint("a=b=c:NoSchedule"), "nodeTaints"},
		"a taint has one effect":               {taint("a=b:NoSchedule:NoExecute"), "nodeTaints"},
		"a node's state is Kubernetes's":       {taint("node.kubernetes.io/not-ready:NoExecute"), "nodeTaints"},
		"a key has an effect once":             {taints("a=b:NoSchedule", "a=c:NoSchedule"), "nodeTaints"},
		"also without a value":                 {taints("a:NoSchedule", "a=c:NoSchedule"), "nodeTaints"},
		"a key has each of several effects":    {taints("a=b:NoSchedule", "a=b:NoExecute", "a=b:PreferNoSchedule"), ""},
		"two keys have one effect":             {taints("a=b:NoSchedule", "b=b:NoSchedule"), ""},
		"the pool's label is the service's":    {label("agentpool", "mine"), "nodeLabels"},
		"the size's label is the service's":    {label("node.kubernetes.io/instance-type", "mine"), "nodeLabels"},
		"the zone's label is Kubernetes's":     {label("topology.kubernetes.io/zone", "mine"), "nodeLabels"},
	} {
		t.Run(sentence, func(t *testing.T) {
			faults := checkPool(poolSpec(c.change), "properties")
			if (len(faults) == 0) != (c.field == "") || len(faults) > 0 && faults[0].Target != "properties."+c.field {
				t.Errorf("got %v", fault.Join(faults))
			}
		})
	}
}

// TestServiceLabels asks for every label that the service puts on a node.
func TestServiceLabels(t *testing.T) {
	for key := range agentpool.Labels(&v1alpha1.AgentPool{}, &v1alpha1.ManagedCluster{}) {
		if labelFault(key, "mine") == "" {
			t.Errorf("a customer may set %s, and the service overrides it", key)
		}
	}
	for _, key := range apis.KubeletLabels() {
		if labelFault(key, "mine") == "" {
			t.Errorf("a customer may set %s, and the kubelet overrides it", key)
		}
	}
}

func TestUpgradeSettings(t *testing.T) {
	user := func(u v1alpha1.UpgradeSettings) v1alpha1.AgentPoolSpec {
		return poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.Mode, p.UpgradeSettings = v1alpha1.UserPool, &u })
	}
	system := user(v1alpha1.UpgradeSettings{MaxSurge: "0", MaxUnavailable: "1"})
	system.Mode = v1alpha1.SystemPool
	for sentence, c := range map[string]struct {
		pool  v1alpha1.AgentPoolSpec
		field string
	}{
		"none at all":                            {poolSpec(), ""},
		"a share of the pool":                    {user(v1alpha1.UpgradeSettings{MaxSurge: "33%", MaxUnavailable: "0"}), ""},
		"a number of nodes":                      {user(v1alpha1.UpgradeSettings{MaxSurge: "5"}), ""},
		"all at once":                            {user(v1alpha1.UpgradeSettings{MaxSurge: "100%"}), ""},
		"more than all":                          {user(v1alpha1.UpgradeSettings{MaxSurge: "101%"}), "maxSurge"},
		"a fraction":                             {user(v1alpha1.UpgradeSettings{MaxSurge: "1.5"}), "maxSurge"},
		"less than nothing":                      {user(v1alpha1.UpgradeSettings{MaxSurge: "-1"}), "maxSurge"},
		"more nodes than a pool has":             {user(v1alpha1.UpgradeSettings{MaxSurge: "1001"}), "maxSurge"},
		"unavailable nodes and no others":        {user(v1alpha1.UpgradeSettings{MaxSurge: "0", MaxUnavailable: "10%"}), ""},
		"unavailable nodes of a System pool":     {system, "maxUnavailable"},
		"both":                                   {user(v1alpha1.UpgradeSettings{MaxSurge: "1", MaxUnavailable: "1"}), "maxUnavailable"},
		"unavailable nodes beside the default":   {user(v1alpha1.UpgradeSettings{MaxUnavailable: "1"}), "maxUnavailable"},
		"neither":                                {user(v1alpha1.UpgradeSettings{MaxSurge: "0%"}), "maxSurge"},
		"a day for a drain":                      {user(v1alpha1.UpgradeSettings{DrainTimeoutInMinutes: 1440}), ""},
		"more than a day for a drain":            {user(v1alpha1.UpgradeSettings{DrainTimeoutInMinutes: 1441}), "drainTimeoutInMinutes"},
		"a drain that ends before it begins":     {user(v1alpha1.UpgradeSettings{DrainTimeoutInMinutes: -1}), "drainTimeoutInMinutes"},
		"half an hour between nodes":             {user(v1alpha1.UpgradeSettings{NodeSoakDurationInMinutes: 30}), ""},
		"more than half an hour between nodes":   {user(v1alpha1.UpgradeSettings{NodeSoakDurationInMinutes: 31}), "nodeSoakDurationInMinutes"},
		"what to do with a node that holds Pods": {user(v1alpha1.UpgradeSettings{UndrainableNodeBehavior: "Cordon"}), ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			faults := checkPool(c.pool, "properties")
			if (len(faults) == 0) != (c.field == "") || len(faults) > 0 && faults[0].Target != "properties.upgradeSettings."+c.field {
				t.Errorf("got %v", fault.Join(faults))
			}
		})
	}
}

func TestSystemTaints(t *testing.T) {
	tainted := func(mode v1alpha1.PoolMode, taints ...string) v1alpha1.AgentPoolSpec {
		return poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.Mode, p.NodeTaints = mode, taints })
	}
	own, userPool := tainted(v1alpha1.SystemPool, "own=1:NoSchedule"), tainted(v1alpha1.UserPool, "own=1:NoSchedule")
	free := poolSpec()
	for sentence, c := range map[string]struct {
		before *v1alpha1.AgentPoolSpec
		after  v1alpha1.AgentPoolSpec
		want   bool
	}{
		"a taint of one's own":                       {nil, own, true},
		"also one that evicts":                       {nil, tainted(v1alpha1.SystemPool, "own=1:NoExecute"), true},
		"a taint for critical add-ons":               {nil, tainted(v1alpha1.SystemPool, "CriticalAddonsOnly=true:NoSchedule"), false},
		"that and another":                           {nil, tainted(v1alpha1.SystemPool, "CriticalAddonsOnly=true:NoSchedule", "own=1:NoSchedule"), true},
		"a taint that only asks":                     {nil, tainted(v1alpha1.SystemPool, "own=1:PreferNoSchedule"), false},
		"a User pool":                                {nil, userPool, false},
		"a System pool gets a taint":                 {&free, own, true},
		"a tainted User pool becomes a System one":   {&userPool, own, true},
		"a System pool that had it before this rule": {&own, own, false},
		"and loses it":                               {&own, free, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			req := request.Pool{Name: "np1", Path: "properties", Spec: c.after, Present: c.before}
			faults := checkSystemTaints(c.after, req)
			if (len(faults) > 0) != c.want || c.want && (faults[0].Kind != fault.SystemPoolTaint || faults[0].Target != "properties.nodeTaints") {
				t.Errorf("got %v", fault.Join(faults))
			}
		})
	}
}

func TestUnchanged(t *testing.T) {
	present := existing()
	spec := func(change ...func(*v1alpha1.ManagedClusterSpec)) v1alpha1.ManagedClusterSpec {
		s := *present.Object.Spec.DeepCopy()
		for _, f := range change {
			f(&s)
		}
		return s
	}
	profile := func(name string, p v1alpha1.AgentPoolSpec) func(*v1alpha1.ManagedClusterSpec) {
		return func(s *v1alpha1.ManagedClusterSpec) {
			s.PoolProfiles = []v1alpha1.PoolProfile{{Name: name, AgentPoolSpec: p}}
		}
	}
	for sentence, c := range map[string]struct {
		spec v1alpha1.ManagedClusterSpec
		want bool
	}{
		"the same spec changes nothing":          {spec(), true},
		"no tags and empty tags are alike":       {spec(func(s *v1alpha1.ManagedClusterSpec) { s.Tags = map[string]string{} }), true},
		"a tag is a change":                      {spec(func(s *v1alpha1.ManagedClusterSpec) { s.Tags = map[string]string{"a": "b"} }), false},
		"a pool as it is changes nothing":        {spec(profile("np1", poolSpec())), true},
		"another count of a pool is a change":    {spec(profile("np1", poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.Count = 2 }))), false},
		"a pool that does not exist is a change": {spec(profile("np2", poolSpec())), false},
	} {
		if got := Unchanged(present, c.spec); got != c.want {
			t.Errorf("%s: got %v", sentence, got)
		}
	}
	if Same(func() {}, 1) {
		t.Error("what cannot be stored is like nothing else")
	}
}

func TestClusterVerb(t *testing.T) {
	for sentence, c := range map[string]struct {
		spec, runs, asked string
		want              string
	}{
		"another version is an upgrade":                    {"1.36.3", "1.36.3", "1.37.2", v1alpha1.Upgrading},
		"the present version is none":                      {"1.36.3", "1.36.3", "1.36.3", v1alpha1.Updating},
		"an upgrade that failed is repeated as an upgrade": {"1.37.2", "1.36.3", "1.37.2", v1alpha1.Upgrading},
		"a cluster that was never up is not upgraded":      {"1.37.2", "", "1.37.2", v1alpha1.Updating},
	} {
		t.Run(sentence, func(t *testing.T) {
			present, after := &v1alpha1.ManagedCluster{}, v1alpha1.ManagedClusterSpec{KubernetesVersion: c.asked}
			present.Spec.KubernetesVersion, present.Status.CurrentKubernetesVersion = c.spec, c.runs
			if got := ClusterVerb(present, after); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestAPoolIsNoNewerThanWhatItsControlPlaneRuns(t *testing.T) {
	for sentence, c := range map[string]struct {
		runs  string
		after string
		is    string // "" is a new pool
		fails bool
	}{
		"the version that runs is allowed":                   {"1.36.3", "1.36.3", "", false},
		"one that the control plane failed to become is not": {"1.36.3", "1.37.2", "", true},
		"nor for a pool that is there":                       {"1.36.3", "1.37.2", "1.36.3", true},
		"a pool that has it already is left alone":           {"1.36.3", "1.37.2", "1.37.2", false},
		"before the control plane was up there is none":      {"", "1.37.2", "", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			req := request.Pool{Path: "properties"}
			if c.is != "" {
				req.Present = &v1alpha1.AgentPoolSpec{OrchestratorVersion: c.is}
			}
			err := checkRuns(v1alpha1.AgentPoolSpec{OrchestratorVersion: c.after}, req, c.runs)
			if (err != nil) != c.fails || err != nil && (fault.Of(err).Kind != fault.VersionNotSupported || fault.Of(err).Target != "properties.orchestratorVersion") {
				t.Errorf("got %v", err)
			}
		})
	}
}
