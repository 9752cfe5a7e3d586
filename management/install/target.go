package install

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"lotse.dev/images"
)

// Target is what differs between management clusters.
type Target struct {
	// Own: the cluster of this machine. The front door is then bound to Listen and the registry to a fixed address.
	Own    bool
	Listen string
	// PublicHost is where hosted API servers are reached; FrontDoorHosts where the front door is, beside its Service.
	PublicHost     string
	FrontDoorHosts []string
	// RegistryIP is the registry's cluster IP; on somebody else's cluster it is known once the Service exists.
	RegistryIP string
	// LogLevel of Lotse, and TracesTo, the OTLP endpoint that it sends traces to; empty for the default and for none.
	LogLevel, TracesTo string
	// Images are references by name, as nodes of this cluster pull them.
	Images map[string]string
}

const (
	systemNamespace = "lotse-system"
	registryName    = "registry"
	lotseName       = "lotse"
	registryHost    = registryName + "." + systemNamespace + ".svc"
	lotseHost       = lotseName + "." + systemNamespace + ".svc"

	frontDoorPort     = 8443
	registryReadPort  = 5000
	registryWritePort = 5001
	metricsPort       = 9090
)

// references are the catalogue's images by name, from another registry if one is given (host[/prefix]).
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

// listen splits the front door's address; no host means all addresses.
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
