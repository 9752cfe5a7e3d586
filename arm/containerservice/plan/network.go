package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/fault"
)

// Defaults of the network profile. The plugin is what az 2.45 asks for; azure and kubenet both mean the managed pod network.
const (
	defaultPlugin       = "kubenet"
	defaultPodCIDR      = "10.244.0.0/16"
	defaultServiceCIDR  = "10.0.0.0/16"
	dnsHost             = 10 // the DNS service's address in the service CIDR, counted from its first
	largestServiceCIDR  = 12 // bits of prefix
	smallestServiceCIDR = 28
	smallestPodCIDR     = 24 // every node takes a /24
	networkPath         = "properties.networkProfile."
)

// reserved are the usual addresses of the management cluster, which machines of every cluster need to reach, and special ranges.
var reserved = []netip.Prefix{
	netip.MustParsePrefix(v1alpha1.ManagementPodCIDR), netip.MustParsePrefix(v1alpha1.ManagementServiceCIDR),
	netip.MustParsePrefix(v1alpha1.ManagementHostCIDR),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("0.0.0.0/8"),
}

// completeNetwork fills in what a new cluster's request left out.
func completeNetwork(n v1alpha1.NetworkSpec) v1alpha1.NetworkSpec {
	fill := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	n.Plugin = strings.ToLower(n.Plugin)
	fill(&n.Plugin, defaultPlugin)
	fill(&n.PluginMode, wire.NoPluginMode)
	fill(&n.PodCIDR, defaultPodCIDR)
	fill(&n.ServiceCIDR, defaultServiceCIDR)
	if services, err := netip.ParsePrefix(n.ServiceCIDR); err == nil && services.Addr().Is4() {
		fill(&n.DNSServiceIP, nth(services.Masked().Addr(), dnsHost).String())
	}
	return n
}

func nth(a netip.Addr, n int) netip.Addr {
	for range n {
		a = a.Next()
	}
	return a
}

// checkNetwork says what is wrong with a new cluster's network. management are the networks of the management cluster.
func checkNetwork(n v1alpha1.NetworkSpec, management []netip.Prefix) []*fault.Error {
	var faults []*fault.Error
	wrong := func(field, format string, args ...any) {
		target := networkPath + field
		faults = append(faults, fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: %s.", target,
			fmt.Sprintf(format, args...)).At(target))
	}
	if !slices.Contains([]string{"azure", "kubenet", "none"}, n.Plugin) {
		wrong("networkPlugin", "'%s' is none of azure, kubenet, none", n.Plugin)
	}
	pods, podsErr := parseCIDR(n.PodCIDR)
	if podsErr != nil {
		wrong("podCidr", "%v", podsErr)
	} else if pods.Bits() > smallestPodCIDR {
		wrong("podCidr", "%s is too small for a node, which takes a /%d; choose at least a /%d", pods, smallestPodCIDR, smallestPodCIDR)
	}
	services, servicesErr := parseCIDR(n.ServiceCIDR)
	if servicesErr != nil {
		wrong("serviceCidr", "%v", servicesErr)
	} else if services.Bits() < largestServiceCIDR || services.Bits() > smallestServiceCIDR {
		wrong("serviceCidr", "%s must have a prefix from /%d to /%d", services, largestServiceCIDR, smallestServiceCIDR)
	}
	if podsErr != nil || servicesErr != nil {
		return faults
	}
	if pods.Overlaps(services) {
		wrong("serviceCidr", "%s overlaps with podCidr %s; choose one apart from it", services, pods)
	}
	return append(append(faults, checkReserved(pods, services, management)...), checkDNS(n.DNSServiceIP, services)...)
}

// checkAddresses says whether the pod network has a /24 for every node. After creation it cannot grow, so then it is the count that is wrong.
func checkAddresses(podCIDR string, before, after int32, creates bool) []*fault.Error {
	pods, err := parseCIDR(podCIDR)
	if err != nil || pods.Bits() > smallestPodCIDR {
		return nil // checkNetwork reports it
	}
	most := int32(1) << (smallestPodCIDR - pods.Bits())
	switch {
	case after <= most || after <= before:
		return nil
	case creates:
		return []*fault.Error{fault.New(fault.InvalidParameter, "The value of parameter %spodCidr is invalid: %s has addresses for %d nodes, each of which "+
			"takes a /%d, and there would be %d. Choose a larger network; it cannot change later.", networkPath, pods, most, smallestPodCIDR, after).
			At(networkPath + "podCidr")}
	}
	return []*fault.Error{fault.New(fault.InvalidParameter, "The cluster's podCidr %s has addresses for %d nodes, each of which takes a /%d, and there "+
		"would be %d. Ask for fewer nodes, or make a cluster with a larger podCidr.", pods, most, smallestPodCIDR, after).
		At("properties.agentPoolProfiles")}
}

func checkReserved(pods, services netip.Prefix, management []netip.Prefix) []*fault.Error {
	var faults []*fault.Error
	for field, prefix := range map[string]netip.Prefix{"podCidr": pods, "serviceCidr": services} {
		for _, r := range slices.Concat(reserved, management) {
			if prefix.Overlaps(r) {
				faults = append(faults, fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: %s overlaps with %s, "+
					"which is kept for this service and its machines. Choose one apart from it.", networkPath+field, prefix, r).At(networkPath+field))
				break
			}
		}
	}
	return faults
}

func checkDNS(ip string, services netip.Prefix) []*fault.Error {
	target := networkPath + "dnsServiceIP"
	dns, err := netip.ParseAddr(ip)
	switch {
	case err != nil || !dns.Is4():
		return []*fault.Error{fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: '%s' is no IPv4 address.", target, ip).At(target)}
	case !services.Contains(dns) || dns == services.Addr() || dns == services.Addr().Next() || dns == last(services):
		return []*fault.Error{fault.New(fault.DNSServiceIPOutOfCIDR, "The DNS service IP '%s' must be inside the service CIDR '%s', and neither its "+
			"first address, which is kubernetes.default's, nor its network or broadcast address.", dns, services).At(target)}
	}
	return nil
}

// last address of an IPv4 prefix.
func last(p netip.Prefix) netip.Addr {
	a := p.Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		a[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(a)
}

func parseCIDR(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || !p.Addr().Is4():
		return p, fmt.Errorf("'%s' is no IPv4 CIDR such as %s", s, defaultPodCIDR)
	case p != p.Masked():
		return p, fmt.Errorf("'%s' has bits set beyond its prefix; write %s", s, p.Masked())
	}
	return p, nil
}
