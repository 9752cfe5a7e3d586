package host

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"lotse.dev/machine/agent/status"
	"lotse.dev/machine/boot"
)

// renewalPeriod is how often certificates that are due are looked for: they are due four months before they end.
const renewalPeriod = 12 * time.Hour

// Processes is the configuration of lotse-node: what it keeps running. Each process has a hash of its configuration in its environment, so the
// list differs exactly if a process must be restarted.
func Processes(s Spec, files []File) boot.Host {
	bin := s.Data.Bin()
	path := "PATH=" + bin + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	env := func(read ...string) []string {
		return []string{path, "LOTSE_CONFIG=" + fingerprint(files, read, s.Credentials+s.Programs)}
	}
	kubelet := s.Data.in("kubelet.yaml")
	proxy := s.Data.in("kube-proxy.yaml")
	containerd := s.Data.in("containerd.toml")
	return boot.Host{
		StatusSocket: status.Socket,
		LogDir:       s.Data.in("log"),
		Links:        []boot.Link{{Name: Link, Address: Address + rangeBits}},
		Minimums:     minimums,
		Processes: []boot.Process{
			{
				Name: "containerd",
				Args: []string{bin + "/containerd", "--config", containerd},
				// Mounts with mapped users begin in a temporary directory.
				Env:   append(env(containerd, s.Data.machineSpec()), "TMPDIR="+temporary),
				Probe: boot.Probe{Socket: containerdSocket},
			}, {
				// It runs before the first Pod, so that no Pod is ever without isolation.
				Name:  "isolation",
				Args:  isolationCommand(s),
				Env:   []string{path, "LOTSE_CONFIG=" + fingerprint(nil, nil, s.Credentials+s.Programs)},
				Probe: boot.Probe{URL: local(portIsolation, "/")},
			}, {
				Name: "kubelet",
				Args: []string{
					bin + "/kubelet", "--config", kubelet, "--kubeconfig", s.Data.in("pki", "kubelet.kubeconfig"),
					"--root-dir", s.Data.in("kubelet"), "--cert-dir", s.Data.in("kubelet", "pki"),
					"--hostname-override", NodeName, "--node-ip", Address,
					// How often it measures each control group by itself; what it decides by, it measures then.
					"--housekeeping-interval", "30s",
				},
				Env:   env(kubelet),
				Probe: boot.Probe{URL: local(portKubeHealth, "/healthz")},
				After: []string{"containerd", "isolation"},
			}, {
				Name:  "kube-proxy",
				Args:  []string{bin + "/kube-proxy", "--config", proxy},
				Env:   env(proxy),
				Probe: boot.Probe{URL: local(portProxyHealth, "/livez")},
				After: []string{"kubelet"},
			}, {
				// It runs and ends, so that nothing stays in memory for what is due twice in a year and a half.
				Name: "renewal", Args: []string{bin + "/lotse", "renew", "--data-dir", string(s.Data)},
				Env: []string{path}, EverySeconds: int(renewalPeriod / time.Second),
			},
		},
	}
}

// isolationCommand passes everything to the enforcer that it does not learn from the cluster.
func isolationCommand(s Spec) []string {
	args := []string{
		s.Data.Bin() + "/lotse", "isolate", "--kubeconfig", s.Data.in("pki", "isolation.kubeconfig"),
		"--link-group", fmt.Sprint(linkGroup), "--gateway", gateway,
		"--pods", PodCIDR, "--services", ServiceCIDR, "--reserved", reserved, "--api", fmt.Sprintf("%s:%d", Address, portAPI),
		"--socket", isolationSocket, "--health", fmt.Sprintf("127.0.0.1:%d", portIsolation),
	}
	for _, r := range nameServers(s.Resolver) {
		args = append(args, "--resolver", r)
	}
	return args
}

func processFile(s Spec, files []File) (File, error) {
	content, err := json.MarshalIndent(Processes(s, files), "", "  ")
	if err != nil {
		return File{}, fmt.Errorf("list of processes: %w", err)
	}
	return File{s.Data.Config(), 0o644, append(content, '\n')}, nil
}

func fingerprint(files []File, read []string, salt string) string {
	h := sha256.New()
	for _, f := range files {
		if slices.Contains(read, f.Path) {
			_, _ = h.Write(f.Content) // never fails
		}
	}
	_, _ = h.Write([]byte(salt))
	return hex.EncodeToString(h.Sum(nil))[:16]
}
