package host

import (
	"fmt"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// podProcesses is how many processes and threads a Pod may have, and so a machine with all its Pods: the host has one table for all.
const podProcesses = 16384

// maxPods is more than 100 idle control planes have, also while all their Pods are replaced. PodCIDR has addresses for a hundred times as many.
const maxPods = 600

// kubeletConfig is the kubelet's configuration file, as a map: its Go types are in a module of their own.
func kubeletConfig(s Spec) ([]byte, error) {
	return config("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", map[string]any{
		"address":            Address,
		"port":               portKubelet,
		"healthzBindAddress": "127.0.0.1",
		"healthzPort":        portKubeHealth,
		"tlsCertFile":        s.Data.in("pki", "kubelet-server.crt"),
		"tlsPrivateKeyFile":  s.Data.in("pki", "kubelet-server.key"),
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false}, "webhook": map[string]any{"enabled": true},
			"x509": map[string]any{"clientCAFile": s.Data.in("pki", "cluster.crt")},
		},
		"authorization":            map[string]any{"mode": "Webhook"},
		"cgroupDriver":             s.cgroupDriver(),
		"cgroupRoot":               cgroupRoot,
		"failCgroupV1":             false,
		"containerRuntimeEndpoint": "unix://" + containerdSocket,
		"staticPodPath":            s.Data.manifests(),
		"clusterDNS":               []string{ClusterDNS},
		"clusterDomain":            "cluster.local",
		"resolvConf":               s.Data.in("resolv.conf"),
		"maxPods":                  maxPods,
		"podPidsLimit":             podProcesses,
		// Machines are Pods; a hundred of them may start at once.
		"registryPullQPS":     0,
		"serializeImagePulls": false,
		"failSwapOn":          false,
		// The kubelet writes no rules: kube-proxy and the CNI plugins write theirs with nftables.
		"makeIPTablesUtilChains": false,
		// A container that crashes again and again is restarted soon; the default limit is five minutes. All Pods here are Lotse's.
		"crashLoopBackOff": map[string]any{"maxContainerRestartPeriod": "5s"},
		// The disk is the operator's: report pressure late, and do not garbage-collect the images that "lotse up" imported (they are pinned
		// as well). A node under pressure takes no new Pods. Its Pods stay, by a grace period of ten years: what fills the disk are volumes,
		// and evicting the Pods that use them would free nothing.
		"evictionHard":                     map[string]string{"memory.available": "200Mi"},
		"evictionSoft":                     map[string]string{"nodefs.available": "2%", "imagefs.available": "2%"},
		"evictionSoftGracePeriod":          map[string]string{"nodefs.available": "87600h", "imagefs.available": "87600h"},
		"evictionPressureTransitionPeriod": "30s",
		"imageGCHighThresholdPercent":      98,
		"imageGCLowThresholdPercent":       95,
		"kubeReserved":                     map[string]string{"cpu": "200m", "memory": "512Mi", "pid": "1000"},
		"podLogsDir":                       filepath.Join(s.Data.Logs(), "pods"),
		"volumePluginDir":                  s.Data.in("kubelet", "volume-plugins"),
		"nodeStatusUpdateFrequency":        "10s",
		"nodeLeaseDurationSeconds":         40,
		// What costs with each container although nothing happens in it: looking how long its log is, and how much its volumes hold.
		"containerLogMonitorInterval": "1m",
		"volumeStatsAggPeriod":        "-1s",
		"shutdownGracePeriod":         "0s",
		"logging":                     map[string]any{"format": "text"},
	})
}

// proxyConfig is kube-proxy's configuration file. It leaves the host's connection tracking limits as they are.
func proxyConfig(s Spec) ([]byte, error) {
	return config("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration", map[string]any{
		"mode": "nftables",
		// The components of a new cluster find each other by Services; a delay of one second for each would slow its creation.
		"nftables":           map[string]any{"minSyncPeriod": "100ms"},
		"clientConnection":   map[string]any{"kubeconfig": s.Data.in("pki", "kube-proxy.kubeconfig")},
		"clusterCIDR":        PodCIDR,
		"hostnameOverride":   NodeName,
		"nodePortAddresses":  s.nodePortAddresses(),
		"healthzBindAddress": fmt.Sprintf("127.0.0.1:%d", portProxyHealth),
		"metricsBindAddress": fmt.Sprintf("127.0.0.1:%d", portProxyMetrics),
		"conntrack":          map[string]any{"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
	})
}

func config(apiVersion, kind string, fields map[string]any) ([]byte, error) {
	fields["apiVersion"], fields["kind"] = apiVersion, kind
	content, err := yaml.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return content, nil
}
