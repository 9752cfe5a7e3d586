package host

import (
	"fmt"

	"lotse.dev/images"
)

// Spec is everything that the host's files depend on.
type Spec struct {
	Data Data
	// Address is the host's public address for hosted API servers; empty keeps everything private.
	Address string
	// Systemd manages cgroups, and the agent is its unit.
	Systemd bool
	// RestrictOOM is set where a process may not lower its oom_score_adj (no CAP_SYS_RESOURCE).
	RestrictOOM bool
	// MachineSpec is the OCI specification that containerd makes the containers of machines from.
	MachineSpec []byte
	// Resolver is the content of the host's resolv.conf.
	Resolver string
	// References of images.
	Pause, Etcd, Kubernetes string
	// Programs is a fingerprint: it changes when a program was replaced, so that its process is restarted.
	Programs string
	// Credentials is a fingerprint: it changes when a certificate was renewed, so that the components that read it at their start are restarted.
	Credentials string
}

// withImages sets the references from the catalogue.
func (s Spec) withImages(c images.Catalogue) (Spec, error) {
	for name, to := range map[string]*string{"pause": &s.Pause, "etcd": &s.Etcd, "kubernetes": &s.Kubernetes} {
		image, err := c.Image(name)
		if err != nil {
			return s, err
		}
		*to = image.Ref
	}
	return s, nil
}

// cgroupRoot is the kubelet's. With systemd it is lotse.slice, which the unit file makes.
const cgroupRoot = "/lotse"

func (s Spec) cgroupDriver() string {
	if s.Systemd {
		return "systemd"
	}
	return "cgroupfs"
}

// nodePortAddresses are where NodePorts answer: only on private addresses and on the one that the operator chose.
func (s Spec) nodePortAddresses() []string {
	all := []string{Address + "/32"}
	if s.Address != "" {
		all = append(all, s.Address+"/32")
	}
	return all
}

func local(port int, path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", port, path) }
