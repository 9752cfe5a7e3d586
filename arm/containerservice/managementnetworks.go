package containerservice

import (
	"context"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// managementNetworks are the networks that the management cluster itself uses. The machines of a cluster with an overlapping network could
// not reach their API server. On a management cluster that Lotse did not bring along these are not the usual ones.
func (p *Provider) managementNetworks(ctx context.Context) ([]netip.Prefix, error) {
	var services networkingv1.ServiceCIDRList
	if err := p.client.List(ctx, &services); err != nil && !unreadable(err) {
		return nil, err
	}
	var hosts corev1.NodeList
	if err := p.client.List(ctx, &hosts, &client.ListOptions{Limit: 500}); err != nil && !unreadable(err) {
		return nil, err
	}
	return networksOf(services.Items, hosts.Items), nil
}

// unreadable reports that an older management cluster does not have the kind, or an older installation no right to read it.
func unreadable(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || apimeta.IsNoMatchError(err)
}

func networksOf(services []networkingv1.ServiceCIDR, hosts []corev1.Node) []netip.Prefix {
	var all []netip.Prefix
	add := func(cidr string) {
		if p, err := netip.ParsePrefix(cidr); err == nil && p.Addr().Is4() {
			all = append(all, p.Masked())
		}
	}
	for _, s := range services {
		for _, cidr := range s.Spec.CIDRs {
			add(cidr)
		}
	}
	for _, h := range hosts {
		for _, cidr := range h.Spec.PodCIDRs {
			add(cidr)
		}
		for _, a := range h.Status.Addresses {
			if a.Type == corev1.NodeInternalIP {
				add(a.Address + "/32")
			}
		}
	}
	return all
}
