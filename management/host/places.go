package host

import "path/filepath"

// Run is where everything lies that ends with the machine: sockets, process state, address leases.
const Run = "/run/lotse"

// DefaultData is where everything lies that stays.
const DefaultData = "/var/lib/lotse"

// Data is the data directory.
type Data string

func (d Data) in(elements ...string) string {
	return filepath.Join(append([]string{string(d)}, elements...)...)
}

// Bin holds the programs.
func (d Data) Bin() string { return d.in("bin") }

// PKI holds the authorities, certificates, keys and kubeconfigs of the management cluster.
func (d Data) PKI() string { return d.in("pki") }

// Credentials holds what people use: the administrator's credential, Lotse's authority, the management kubeconfig.
func (d Data) Credentials() string { return d.in("credentials") }

// ManagementKubeconfig is the management cluster's administrator.
func (d Data) ManagementKubeconfig() string { return d.in("credentials", "management.kubeconfig") }

// Volumes is where the persistent volumes of the management cluster lie.
func (d Data) Volumes() string { return d.in("volumes") }

// Certs is containerd's directory of registries.
func (d Data) Certs() string { return d.in("certs.d") }

// manifests is the kubelet's directory of static Pods.
func (d Data) manifests() string { return d.in("manifests") }

// Config is what lotse-node is started with.
func (d Data) Config() string { return d.in("host.json") }

// Log is the agent's own log; its processes log beside it.
func (d Data) Log() string { return d.in("log", "agent.log") }

// Logs holds what the programs print; the Pods' are below pods.
func (d Data) Logs() string { return d.in("log") }

// before remembers what the machine was like before the first start.
func (d Data) before() string { return d.in("before.json") }

const (
	pidFile          = Run + "/agent.pid"
	statusSocket     = Run + "/agent.sock"
	containerdSocket = Run + "/containerd/containerd.sock"
	isolationSocket  = Run + "/isolation.sock"
)
