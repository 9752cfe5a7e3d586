package host

import "path/filepath"

// Run is the directory of everything that ends with a reboot: sockets, process state, address leases.
const Run = "/run/lotse"

// temporary is the directory of programs' temporary files; it ends with Run.
const temporary = Run + "/tmp"

// DefaultData is the default of the data directory.
const DefaultData = "/var/lib/lotse"

// Data is the data directory, which has everything that stays.
type Data string

func (d Data) in(elements ...string) string {
	return filepath.Join(append([]string{string(d)}, elements...)...)
}

// Bin holds the programs.
func (d Data) Bin() string { return d.in("bin") }

// PKI holds the authorities, certificates, keys and kubeconfigs of the management cluster.
func (d Data) PKI() string { return d.in("pki") }

// Credentials holds what operators use: the administrator's credential, Lotse's authority, the management kubeconfig.
func (d Data) Credentials() string { return d.in("credentials") }

// CredentialFile is the name of the administrator's credential in the directory of credentials.
const CredentialFile = "admin.json"

// AdministratorCredential is the file of the administrator's credential.
func (d Data) AdministratorCredential() string { return filepath.Join(d.Credentials(), CredentialFile) }

// ManagementKubeconfig is that of the management cluster's administrator.
func (d Data) ManagementKubeconfig() string { return d.in("credentials", "management.kubeconfig") }

// Volumes holds the persistent volumes of the management cluster.
func (d Data) Volumes() string { return d.in("volumes") }

// Certs is containerd's directory of registry configurations.
func (d Data) Certs() string { return d.in("certs.d") }

// manifests is the kubelet's directory of static Pods.
func (d Data) manifests() string { return d.in("manifests") }

// manifest is the file of a static Pod.
func (d Data) manifest(name string) string { return filepath.Join(d.manifests(), name+".yaml") }

// machineSpec is the file that containerd makes the containers of machines from.
func (d Data) machineSpec() string { return d.in("machine-spec.json") }

// Config is the agent's configuration file.
func (d Data) Config() string { return d.in("host.json") }

// Log is the agent's own log file.
func (d Data) Log() string { return d.in("log", "agent.log") }

// Logs holds the logs of the agent's processes, and below pods those of Pods.
func (d Data) Logs() string { return d.in("log") }

// initialStateFile records the host's state before the first start. Early versions of Lotse called it before.json.
func (d Data) initialStateFile() string {
	if early := d.in("before.json"); exists(early) {
		return early
	}
	return d.in("initial-state.json")
}

const (
	containerdSocket = Run + "/containerd/containerd.sock"
	isolationSocket  = Run + "/isolation.sock"
)
