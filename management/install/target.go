package install

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/images"
)

// Target is the cluster on which Lotse is installed, with everything that differs between management clusters.
type Target struct {
	// Own is set for the cluster that "lotse up" runs on this host. The front door is then bound to Listen and the registry has a fixed address.
	Own    bool
	Listen string
	// PublicHost is the public address of hosted API servers. FrontDoorHosts are the front door's, in addition to its Service.
	PublicHost     string
	FrontDoorHosts []string
	// PublicURL of the front door. If it is empty it is that of the administrator's credential, known only after its Service was created.
	PublicURL string
	// RegistryIP is the registry's cluster IP. If it is not fixed it is known only after the Service was created.
	RegistryIP string
	// LogLevel of Lotse, and OTLPEndpoint to which it sends traces. Empty means the default level and no traces.
	LogLevel, OTLPEndpoint string
	// MachineRuntime is the RuntimeClass of machines, and MachineProfile their seccomp profile. Empty means the cluster has none for them.
	MachineRuntime, MachineProfile string
	// Images are references by name, from where the cluster's nodes pull them.
	Images map[string]string
}

const (
	systemNamespace = v1alpha1.SystemNamespace
	registryName    = "registry"
	lotseName       = "lotse"
	registryHost    = registryName + "." + systemNamespace + ".svc"
	lotseHost       = lotseName + "." + systemNamespace + ".svc"

	frontDoorPort     = 8443
	registryReadPort  = 5000
	registryWritePort = 5001
	metricsPort       = 9090
)

// references returns the catalogue's references by name, in another registry if one is given (host[/prefix]).
func references(c images.Catalogue, registry string) map[string]string {
	all := map[string]string{}
	for name, image := range c.Images {
		all[name] = image.Ref
		if registry != "" {
			all[name] = strings.TrimSuffix(registry, "/") + strings.TrimPrefix(image.Ref, images.Registry)
		}
	}
	return all
}

// need fails if an image that the installation itself runs was not built.
func (t Target) need(names ...string) error {
	for _, n := range names {
		if t.Images[n] == "" {
			return fmt.Errorf("image %s was not built; run make images", n)
		}
	}
	return nil
}

// hosts are the front door's names and addresses: its certificate has them, and it answers for no others.
func (t Target) hosts() []string {
	return append([]string{"127.0.0.1", "localhost", lotseHost}, t.FrontDoorHosts...)
}

// listen splits the front door's address. An empty host means all addresses.
func (t Target) listen() (host string, port int32, err error) {
	host, text, err := net.SplitHostPort(t.Listen)
	if err != nil {
		return "", 0, fmt.Errorf("--listen %q: %w", t.Listen, err)
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("--listen %q: %w", t.Listen, err)
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = ""
	}
	return host, int32(number), nil
}
