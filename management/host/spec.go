package host

import (
	"fmt"

	"lotse.dev/images"
)

// Spec is all that the host's files depend on.
type Spec struct {
	Data Data
	// Address is the machine's public address where hosted API servers answer too; empty keeps everything private.
	Address string
	// Systemd: cgroups are systemd's, and the agent is a unit.
	Systemd bool
	// RestrictOOM: this machine does not let a process lower its oom_score_adj (no CAP_SYS_RESOURCE).
	RestrictOOM bool
	// Resolver is the content of this machine's resolv.conf.
	Resolver string
	// Images by name: pause, etcd, kubernetes.
	Pause, Etcd, Kubernetes string
	// Programs changes when one of the programs was replaced, so that it is started again.
	Programs string
	// Credentials changes when a certificate was renewed, so that who reads it only at its start is started again.
	Credentials string
}

// withImages takes the references from the catalogue.
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

// cgroupRoot is the kubelet's; with systemd it becomes lotse.slice, which the unit file makes.
const cgroupRoot = "/lotse"

func (s Spec) cgroupDriver() string {
	if s.Systemd {
		return "systemd"
	}
	return "cgroupfs"
}

// nodePortAddresses are where NodePorts answer: never on addresses nobody asked for.
func (s Spec) nodePortAddresses() []string {
	all := []string{Address + "/32"}
	if s.Address != "" {
		all = append(all, s.Address+"/32")
	}
	return all
}

func local(port int, path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", port, path) }
