package settings

import (
	"fmt"
	"strings"

	"lotse.dev/machine/boot"
)

const (
	mebi = int64(1) << 20

	// evictionThreshold is the memory that the kubelet keeps free by eviction.
	evictionThreshold = 100 * mebi

	// podProcesses is how many processes and threads a Pod may have. A machine has 16384 of them (management/host), so that one Pod never takes
	// all.
	podProcesses = 2048
)

// kubelet's configuration: KubeletConfiguration v1beta1.
func kubelet(m boot.Machine, facts Facts) (string, error) {
	taints, err := taints(m.Taints)
	if err != nil {
		return "", err
	}
	return render(map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1",
		"kind":       "KubeletConfiguration",

		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false},
			"webhook":   map[string]any{"enabled": true},
			"x509":      map[string]any{"clientCAFile": ClusterCA},
		},
		"authorization":      map[string]any{"mode": "Webhook"},
		"serverTLSBootstrap": true,
		"rotateCertificates": true,

		"clusterDNS":           []string{m.ClusterDNS},
		"clusterDomain":        "cluster.local",
		"resolvConf":           "/etc/resolv.conf",
		"providerID":           m.ProviderID,
		"registerWithTaints":   taints,
		"healthzBindAddress":   "127.0.0.1",
		"healthzPort":          10248,
		"containerLogMaxSize":  "10Mi",
		"containerLogMaxFiles": 3,
		// Each time it asks containerd for the state of each container.
		"containerLogMonitorInterval": "30s",

		"containerRuntimeEndpoint": "unix://" + ContainerdSocket,
		"cgroupDriver":             "cgroupfs",
		"cgroupRoot":               "/",
		"failCgroupV1":             false,
		"failSwapOn":               false,
		"protectKernelDefaults":    false,

		// Since Kubernetes 1.35. With the default of five minutes add-ons would restart long after what made them fail is back.
		"crashLoopBackOff": map[string]any{"maxContainerRestartPeriod": "30s"},

		// The gate lets the kubelet start where settings of the whole kernel are not its to write.
		"featureGates": map[string]bool{"KubeletInUserNamespace": facts.UserNamespace},
		"maxPods":      m.MaxPods,
		"podPidsLimit": podProcesses,
		"kubeReserved": reserved(m),
		// The disk may be a directory on a larger one that others fill: 85 % of that is no reason to remove images. Those that were not used for a
		// week go, and all unused ones when the whole disk has no space (evictionHard).
		"imageGCHighThresholdPercent": 100,
		"imageGCLowThresholdPercent":  99,
		"imageMaximumGCAge":           "168h",
		// Bytes and not percent for the disk: it may be a directory on a much larger disk that other machines share.
		"evictionHard": map[string]string{
			"memory.available":  fmt.Sprintf("%dMi", evictionThreshold/mebi),
			"nodefs.available":  "2Gi",
			"imagefs.available": "2Gi",
			"nodefs.inodesFree": "1%",
		},
	})
}

// reserved is what a node keeps for its own components, by the table AKS publishes: processors in steps by their number; of memory
// 20 MiB for each possible pod and 50 MiB, but no more than a quarter.
func reserved(m boot.Machine) map[string]string {
	memory := min(20*mebi*int64(m.MaxPods)+50*mebi, m.Size.MemoryBytes/4)
	return map[string]string{
		"cpu":    fmt.Sprintf("%dm", reservedMilliCPU(m.Size.CPUs)),
		"memory": fmt.Sprintf("%dMi", memory/mebi),
	}
}

func reservedMilliCPU(cpus int32) int32 {
	for _, step := range []struct{ cpus, milli int32 }{{1, 60}, {2, 100}, {4, 140}, {8, 180}, {16, 260}, {32, 420}} {
		if cpus <= step.cpus {
			return step.milli
		}
	}
	return 740
}

// taint as the kubelet's configuration has it.
type taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

func taints(texts []string) ([]taint, error) {
	all := []taint{}
	for _, text := range texts {
		keyValue, effect, ok := strings.Cut(text, ":")
		key, value, _ := strings.Cut(keyValue, "=")
		if !ok || key == "" || effect == "" {
			return nil, fmt.Errorf("taint %q is not of the form key=value:Effect; correct it in the pool", text)
		}
		all = append(all, taint{key, value, effect})
	}
	return all, nil
}
