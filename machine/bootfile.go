package machine

import (
	"maps"
	"net"
	"strconv"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/boot"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/node"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/size"
)

const labelImageVersion = "kubernetes.azure.com/node-image-version"

// prefetched are the images of a node's first Pods, in the order in which these start.
var prefetched = []string{v1alpha1.ImageKonnectivity, v1alpha1.ImageCoreDNS, v1alpha1.ImageMetricsServer}

// wantedFile is the boot file for the machine's next start. It keeps the machine's token; mint makes one for a machine that has none.
func (f facts) wantedFile(mint func() bootstrap.Token) boot.Machine {
	token := bootstrap.Token("")
	switch {
	case f.file != nil && f.file.Token().Valid():
		token = f.file.Token()
	case mint != nil:
		token = mint()
	}
	m, endpoint, network := f.machine, f.cluster.Status.Endpoint, f.cluster.Spec.Network
	s, _ := size.Of(m.Spec.Model.VMSize)
	return boot.Machine{
		NodeName:       m.Spec.Hostname,
		APIServer:      "https://" + net.JoinHostPort(endpoint.InternalHost, strconv.Itoa(int(endpoint.InternalPort))),
		ClusterCA:      f.clusterCA,
		BootstrapToken: string(token),
		ClusterDNS:     network.DNSServiceIP,
		PodCIDR:        network.PodCIDR,
		ServiceCIDR:    network.ServiceCIDR,
		Labels:         node.SelfLabels(labels(m)),
		Taints:         m.Spec.Model.Taints,
		MaxPods:        m.Spec.Model.MaxPods,
		Size:           boot.Size{CPUs: s.CPUs, MemoryBytes: s.MemoryBytes},
		ProviderID:     providerID(m, f.cluster),
		Registry:       f.registry,
		PauseImage:     f.release.Spec.Images[v1alpha1.ImagePause],
		Prefetch:       prefetch(f.release.Spec.Images),
		ManagedNetwork: network.Plugin != v1alpha1.NetworkPluginNone,
	}
}

// wantedTrust are the authorities that the machine has to trust, once the cluster says that its control plane works with them; until then, those
// it was given last.
func (f facts) wantedTrust() string {
	if r := f.cluster.Status.Rotation; r != nil && r.Trust == boot.TrustHash(f.clusterCA) {
		return f.clusterCA
	}
	return f.file.Trust
}

func prefetch(images map[string]string) []string {
	var all []string
	for _, name := range prefetched {
		if image := images[name]; image != "" {
			all = append(all, image)
		}
	}
	return all
}

// labels of the machine's node: its model's, and the version of the image it really runs; the model of its scale set may name a later one.
func labels(m *v1alpha1.Machine) map[string]string {
	all := maps.Clone(m.Spec.Model.Labels)
	if all == nil {
		all = map[string]string{}
	}
	all[labelImageVersion] = m.Spec.Model.ImageVersion
	if quarantined(m) {
		all[labelUpgradeStatus] = "Quarantined"
	}
	return all
}

func providerID(m *v1alpha1.Machine, c *v1alpha1.ManagedCluster) string {
	scaleSet := m.Spec.Hostname[:max(0, len(m.Spec.Hostname)-instanceDigits(m))]
	return "lotse://" + v1alpha1.MachineID(c.Spec.SubscriptionID, c.Spec.NodeResourceGroup, scaleSet, m.Spec.Instance)
}

// instanceDigits is how many characters of the hostname number the instance (see v1alpha1.NodeName).
func instanceDigits(m *v1alpha1.Machine) int { return len(v1alpha1.NodeName("", m.Spec.Instance)) }

func ref(m *v1alpha1.Machine) provider.Ref {
	return provider.Ref{Namespace: v1alpha1.NodesNamespace(m.Spec.Cluster), Name: m.Spec.Hostname}
}

func instance(m *v1alpha1.Machine) provider.Instance {
	s, _ := size.Of(m.Spec.Model.VMSize)
	return provider.Instance{
		Ref: ref(m), Labels: ownLabels(m), Image: m.Spec.Model.Image, Size: s,
		DiskGB: m.Spec.Model.OSDiskSizeGB, DiskGeneration: m.Spec.Reimages, BootSecret: m.Spec.Hostname,
	}
}

// ownLabels are on every object that the machine consists of, and identify the machine.
func ownLabels(m *v1alpha1.Machine) map[string]string {
	return map[string]string{
		v1alpha1.LabelMachine:      m.Name,
		v1alpha1.LabelScaleSet:     m.Spec.ScaleSet,
		v1alpha1.LabelPool:         m.Labels[v1alpha1.LabelPool],
		v1alpha1.LabelCluster:      m.Spec.Cluster,
		v1alpha1.LabelSubscription: m.Labels[v1alpha1.LabelSubscription],
	}
}
