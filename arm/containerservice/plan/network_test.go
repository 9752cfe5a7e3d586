package plan

import (
	"net/netip"
	"testing"

	"lotse.dev/api/v1alpha1"
)

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
