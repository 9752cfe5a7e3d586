package node

import (
	"context"
	"io"
	"net"
	"net/url"

	"k8s.io/utils/clock"
	"lotse.dev/machine/agent/credential"
	"lotse.dev/machine/agent/logs"
	"lotse.dev/machine/agent/probe"
	"lotse.dev/machine/agent/settings"
	"lotse.dev/machine/agent/supervise"
	"lotse.dev/machine/boot"
)

// logDir of the node's components.
const logDir = "/var/log/lotse"

// chooser of a machine's credential.
func chooser(m boot.Machine) credential.Chooser {
	return credential.Chooser{
		APIServer: m.APIServer, CA: clusterCA, NodeName: m.NodeName, Token: m.BootstrapToken,
		CertificateFile: settings.ClientCertificate, PreviousFile: settings.PreviousCertificate, Clock: clock.RealClock{},
	}
}

// units of a machine, and what each of them waits for.
func units(ctx context.Context, m boot.Machine, reaper *supervise.Reaper, output *logs.Shared) ([]supervise.Unit, error) {
	gates := &joinGates{machine: m, first: firstCertificate{from: boot.CertificateFile, dir: settings.KubeletPKI}, chooser: chooser(m)}
	registered := &registration{ask: gates.chooser.Registered, clock: gates.chooser.Clock}
	all := []supervise.Unit{
		{
			Name:  "containerd",
			Args:  []string{"containerd", "--config", settings.ContainerdConfig},
			Probe: probe.GRPC(settings.ContainerdSocket),
			// The kubelet has stopped by then and restarts no container; containerd still writes the last output of containers.
			BeforeStop: func() { terminateContainers(containerGrace) },
		},
		{
			// After the kubelet: unpacking takes processor time from the control plane and the kubelet while they start.
			Name: "images", After: []string{"kubelet"}, Optional: true,
			Task: pull(reaper, append([]string{m.PauseImage}, m.Prefetch...)),
		},
		{
			Name: "kubelet", After: []string{"containerd"}, Gates: []supervise.Gate{gates.credential},
			Args:  kubelet(m, settings.Labels(m.Labels), address(ctx, m.APIServer)),
			Probe: registered.probe(probe.URL("http://127.0.0.1:10248/healthz")),
		},
		{
			Name: "kube-proxy", After: []string{"containerd"}, Gates: []supervise.Gate{gates.certificate},
			Args:  []string{"kube-proxy", "--config", settings.ProxyConfig},
			Env:   []string{"PATH=" + settings.ProxyPrograms},
			Probe: probe.URL("http://" + settings.ProxyHealth + "/livez"),
		},
	}
	if m.ManagedNetwork {
		all = append(all, flannel(m, gates.certificate))
	}
	for i := range all {
		file, err := logs.Open(logDir, all[i].Name, logs.Limit)
		if err != nil {
			return nil, err
		}
		all[i].Output = io.MultiWriter(file, output.Named(all[i].Name))
	}
	return all, nil
}

// flannel connects the node's pods to those of others, and writes the CNI configuration that makes the node Ready. It starts beside
// the kubelet, whose certificate it uses, and not as a Pod after it: the node waits for it.
func flannel(m boot.Machine, certificate supervise.Gate) supervise.Unit {
	return supervise.Unit{
		Name: "flannel", Gates: []supervise.Gate{certificate},
		Args:  []string{"flannel", "--kubeconfig", settings.ProxyKubeconfig, "--net-conf", settings.FlannelConfig},
		Env:   []string{"NODE_NAME=" + m.NodeName},
		Probe: probe.URL("http://127.0.0.1:9285/healthz"),
	}
}

// kubelet arguments. Without an address the kubelet looks its own name up, which takes 20 s where no name server answers.
func kubelet(m boot.Machine, labels, address string) []string {
	args := []string{
		"kubelet",
		"--config", settings.KubeletConfig,
		"--kubeconfig", settings.KubeletKubeconfig,
		"--bootstrap-kubeconfig", settings.BootstrapKubeconfig,
		"--cert-dir", settings.KubeletPKI,
		"--root-dir", settings.KubeletDir,
		"--hostname-override", m.NodeName,
	}
	if labels != "" {
		args = append(args, "--node-labels", labels)
	}
	if address != "" {
		args = append(args, "--node-ip", address)
	}
	return args
}

// address of this machine towards the API server, or nothing if there is no route yet. Connecting a UDP socket sends nothing.
func address(ctx context.Context, apiServer string) string {
	u, err := url.Parse(apiServer)
	if err != nil {
		return ""
	}
	socket, err := (&net.Dialer{}).DialContext(ctx, "udp", net.JoinHostPort(u.Hostname(), "9"))
	if err != nil {
		return ""
	}
	defer socket.Close()
	host, _, err := net.SplitHostPort(socket.LocalAddr().String())
	if err != nil {
		return ""
	}
	return host
}
