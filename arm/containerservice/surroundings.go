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

// surroundings are the networks that the management cluster itself uses. A cluster whose networks overlap with them hides from its own
// machines what they need to reach: its API server. Lotse inside a customer's cluster, or on a cluster that is not its own, meets others
// than the usual ones.
func (p *Provider) surroundings(ctx context.Context) ([]netip.Prefix, error) {
	var services networkingv1.ServiceCIDRList
	if err := p.client.List(ctx, &services); err != nil && !unknown(err) {
		return nil, err
	}
	var hosts corev1.NodeList
	if err := p.client.List(ctx, &hosts, &client.ListOptions{Limit: 500}); err != nil && !unknown(err) {
		return nil, err
	}
	return networksOf(services.Items, hosts.Items), nil
}

// unknown tells that an older management cluster, or an older installation's rights, does not let us know.
func unknown(err error) bool {
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
