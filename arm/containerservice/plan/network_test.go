package plan

import (
	"net/netip"
	"testing"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

func TestCheckNetwork(t *testing.T) {
	management := []netip.Prefix{netip.MustParsePrefix("172.20.0.4/32")}
	for sentence, c := range map[string]struct {
		network v1alpha1.NetworkSpec
		field   string
	}{
		"the defaults are fine":                        {v1alpha1.NetworkSpec{}, ""},
		"a plugin is known":                            {v1alpha1.NetworkSpec{Plugin: "odd"}, "networkPlugin"},
		"a plugin's case does not count":               {v1alpha1.NetworkSpec{Plugin: "Azure"}, ""},
		"a pod network is a CIDR":                      {v1alpha1.NetworkSpec{PodCIDR: "10.1.0.0"}, "podCidr"},
		"a pod network is IPv4":                        {v1alpha1.NetworkSpec{PodCIDR: "fd00::/108"}, "podCidr"},
		"a pod network has no bits beyond its prefix":  {v1alpha1.NetworkSpec{PodCIDR: "10.1.2.3/16"}, "podCidr"},
		"a pod network holds a node":                   {v1alpha1.NetworkSpec{PodCIDR: "10.1.0.0/25"}, "podCidr"},
		"a service network is a CIDR":                  {v1alpha1.NetworkSpec{ServiceCIDR: "x"}, "serviceCidr"},
		"a service network is not too large":           {v1alpha1.NetworkSpec{ServiceCIDR: "172.0.0.0/8"}, "serviceCidr"},
		"a service network is not too small":           {v1alpha1.NetworkSpec{ServiceCIDR: "10.0.0.0/29", DNSServiceIP: "10.0.0.3"}, "serviceCidr"},
		"the networks do not overlap":                  {v1alpha1.NetworkSpec{PodCIDR: "10.0.0.0/8"}, "serviceCidr"},
		"the management cluster's addresses are taken": {v1alpha1.NetworkSpec{PodCIDR: "100.96.0.0/14"}, "podCidr"},
		"its own networks are too":                     {v1alpha1.NetworkSpec{ServiceCIDR: "172.20.0.0/16", DNSServiceIP: "172.20.0.10"}, "serviceCidr"},
		"a DNS address is an address":                  {v1alpha1.NetworkSpec{DNSServiceIP: "x"}, "dnsServiceIP"},
		"a DNS address is in the service network":      {v1alpha1.NetworkSpec{DNSServiceIP: "10.9.0.10"}, "dnsServiceIP"},
		"the first address is kubernetes.default's":    {v1alpha1.NetworkSpec{DNSServiceIP: "10.0.0.1"}, "dnsServiceIP"},
		"the last address is the broadcast address":    {v1alpha1.NetworkSpec{DNSServiceIP: "10.0.255.255"}, "dnsServiceIP"},
	} {
		t.Run(sentence, func(t *testing.T) {
			faults := checkNetwork(completeNetwork(c.network), management)
			if (len(faults) == 0) != (c.field == "") || len(faults) > 0 && faults[0].Target != networkPath+c.field {
				t.Errorf("got %v", fault.Join(faults))
			}
		})
	}
}

func TestCheckAddresses(t *testing.T) {
	for sentence, c := range map[string]struct {
		cidr          string
		before, after int32
		creates       bool
		target        string
	}{
		"as many nodes as there are addresses":              {"10.0.0.0/22", 0, 4, true, ""},
		"more nodes than addresses in a new cluster":        {"10.0.0.0/22", 0, 5, true, "properties.networkProfile.podCidr"},
		"more nodes than addresses in an existing one":      {"10.0.0.0/22", 4, 5, false, "properties.agentPoolProfiles"},
		"too many already is no reason to refuse the same":  {"10.0.0.0/22", 6, 6, false, ""},
		"a network that is wrong is checkNetwork's to find": {"x", 0, 5, true, ""},
	} {
		faults := checkAddresses(c.cidr, c.before, c.after, c.creates)
		if (len(faults) == 0) != (c.target == "") || len(faults) > 0 && faults[0].Target != c.target {
			t.Errorf("%s: got %v", sentence, fault.Join(faults))
		}
	}
}

// FuzzNetwork accepts only networks that machines can live in.
func FuzzNetwork(f *testing.F) {
	f.Add("10.244.0.0/16", "10.0.0.0/16", "10.0.0.10")
	f.Add("0.0.0.0/0", "::/0", "")
	f.Add("100.64.0.0/10", "255.255.255.255/32", "1")
	f.Add("10.1.0.0/24", "10.2.0.240/28", "")
	f.Fuzz(func(t *testing.T, pods, services, dns string) {
		n := completeNetwork(v1alpha1.NetworkSpec{PodCIDR: pods, ServiceCIDR: services, DNSServiceIP: dns})
		if len(checkNetwork(n, nil)) > 0 {
			return
		}
		p, s, d := netip.MustParsePrefix(n.PodCIDR), netip.MustParsePrefix(n.ServiceCIDR), netip.MustParseAddr(n.DNSServiceIP)
		for _, r := range reserved {
			if p.Overlaps(r) || s.Overlaps(r) {
				t.Errorf("%s and %s were accepted beside %s", p, s, r)
			}
		}
		if p.Overlaps(s) || !s.Contains(d) || d == s.Addr().Next() {
			t.Errorf("accepted: %+v", n)
		}
	})
}
