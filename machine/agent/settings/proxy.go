package settings

import "lotse.dev/machine/boot"

// proxy is kube-proxy's configuration: KubeProxyConfiguration v1alpha1. It does not change the limits of the kernel's connection
// tracking, because they belong to the host.
func proxy(m boot.Machine) (string, error) {
	return render(map[string]any{
		"apiVersion":         "kubeproxy.config.k8s.io/v1alpha1",
		"kind":               "KubeProxyConfiguration",
		"mode":               "nftables",
		"clusterCIDR":        m.PodCIDR,
		"hostnameOverride":   m.NodeName,
		"healthzBindAddress": ProxyHealth,
		"metricsBindAddress": "127.0.0.1:10249",
		"clientConnection":   map[string]any{"kubeconfig": ProxyKubeconfig},
		"conntrack": map[string]any{
			"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s",
		},
	})
}
