package request

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
)

// decodeAutoUpgrade reads the channels. As in AKS, channel node-image is that of node images too: it sets nodeOSUpgradeChannel to NodeImage, and allows no
// other. A client that sends back what it read means no other.
func decodeAutoUpgrade(a *body.Object, spec *v1alpha1.ManagedClusterSpec, exists bool) {
	before := spec.NodeOSUpgradeChannel
	if v, ok := a.Choice("upgradeChannel", "", v1alpha1.UpgradeChannelNone, v1alpha1.UpgradeChannelPatch, v1alpha1.UpgradeChannelStable,
		v1alpha1.UpgradeChannelRapid, v1alpha1.UpgradeChannelNodeImage); ok {
		spec.UpgradeChannel = unless(v, v1alpha1.UpgradeChannelNone)
	}
	v, sent := a.Choice("nodeOSUpgradeChannel", "", v1alpha1.NodeOSChannelNone, v1alpha1.NodeOSChannelUnmanaged, v1alpha1.NodeOSChannelSecurityPatch,
		v1alpha1.NodeOSChannelNodeImage)
	if sent {
		spec.NodeOSUpgradeChannel = unless(v, v1alpha1.NodeOSChannelNone)
	}
	if spec.UpgradeChannel == v1alpha1.UpgradeChannelNodeImage {
		if other := sent && v != v1alpha1.NodeOSChannelNodeImage; other && (!exists || spec.NodeOSUpgradeChannel != before) {
			const target = "nodeOSUpgradeChannel"
			a.Fail(fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: with upgradeChannel node-image it is %s; leave it out, or send another upgradeChannel.",
				a.Path(target), v1alpha1.NodeOSChannelNodeImage).At(a.Path(target)))
		}
		spec.NodeOSUpgradeChannel = v1alpha1.NodeOSChannelNodeImage
	}
	_ = a.Finish()
}
