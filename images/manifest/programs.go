package manifest

import (
	"os"
	"path/filepath"
)

const (
	components = "images/components/"
	cniPlugins = "github.com/containernetworking/plugins/plugins/"
)

// programs lists every program. lotseVersion is stamped into Lotse's own.
func programs(root, lotseVersion string) ([]Program, error) {
	v := versions{root: root}
	kubernetes := v.of(kubernetesDir, "k8s.io/kubernetes")
	containerd := v.of(components+"containerd", "github.com/containerd/containerd/v2")
	containerdStamp := map[string]string{"github.com/containerd/containerd/v2/version.Version": containerd}
	all := []Program{
		v.server(sources[0]),
		{Name: "kubectl", Dir: kubernetesDir, Package: "./kubectl", Version: kubernetes, Stamp: kubernetesStamp(kubernetes)},
		// Unmodified servers, which only make bench compiles.
		{Name: "upstream", Dir: kubernetesDir, Package: "./upstream", Version: kubernetes, Stamp: kubernetesStamp(kubernetes)},
		v.component("etcd", ".", "go.etcd.io/etcd/server/v3", "").called("etcdctl", "etcdutl"),
		{
			Name: "containerd", Dir: components + "containerd", Package: "./containerd", Version: containerd, Stamp: containerdStamp,
			Links: []string{"ctr"},
		},
		{
			Name: "containerd-shim-runc-v2", Dir: components + "containerd", Package: "./containerd-shim-runc-v2", Version: containerd,
			Stamp: containerdStamp,
		},
	}
	runc := v.component("runc", "github.com/opencontainers/runc", "github.com/opencontainers/runc", "")
	// It enters namespaces before Go's runtime starts threads, which only C can do; libseccomp compiles the profiles of containers.
	runc.Cgo, runc.Tags = true, []string{"seccomp", "netgo", "osusergo"}
	runc.Libraries = []string{"libc6-dev", "libseccomp-dev"}
	all = append(all, runc)
	for _, plugin := range []string{"main/bridge", "main/ptp", "main/loopback", "ipam/host-local", "meta/portmap"} {
		const stamp = "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion"
		p := v.component("cni", cniPlugins+plugin, "github.com/containernetworking/plugins", stamp)
		p.Name = "cni/" + filepath.Base(plugin)
		all = append(all, p)
	}
	all = append(all,
		Program{Name: "pause", Dir: components + "pause", Package: "pause.c", Version: v.file(components + "pause/VERSION"), C: true},
		Program{Name: "runcommand", Dir: components + "runcommand", Package: ".", Version: v.file(components + "runcommand/VERSION")},
		v.component("coredns", ".", "github.com/coredns/coredns", ""),
		v.component("volumes", ".", "sigs.k8s.io/sig-storage-lib-external-provisioner/v13", ""),
		v.component("flannel", ".", "github.com/flannel-io/flannel", "github.com/flannel-io/flannel/pkg/version.Version"),
		v.component("konnectivity", ".", "sigs.k8s.io/apiserver-network-proxy", "").called("proxy-server", "proxy-agent"),
		v.component("metrics-server", "sigs.k8s.io/metrics-server/cmd/metrics-server", "sigs.k8s.io/metrics-server",
			"k8s.io/client-go/pkg/version.gitVersion"),
		v.component("registry", ".", "github.com/distribution/distribution/v3", "github.com/distribution/distribution/v3/version.version"),
	)
	for _, s := range sources[1:] {
		all = append(all, v.server(s))
	}
	for _, command := range []string{"lotse", "lotse-node"} {
		if _, err := os.Stat(filepath.Join(root, "cmd", command)); err == nil {
			all = append(all, Program{Name: command, Dir: ".", Package: "./cmd/" + command, Version: lotseVersion})
		}
	}
	return all, v.err
}

// component is the program of images/components/<name> that packages upstream's module. stamp is the variable its version goes into.
func (v *versions) component(name, pkg, module, stamp string) Program {
	p := Program{Name: name, Dir: components + name, Package: pkg, Version: v.of(components+name, module)}
	if stamp != "" {
		p.Stamp = map[string]string{stamp: p.Version}
	}
	return p
}

func (p Program) called(names ...string) Program {
	p.Links = names
	return p
}
