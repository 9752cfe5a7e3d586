package manifest

import (
	"cmp"
	"path"
)

// nonroot is the user of images whose program needs no privilege.
const nonroot = "65532:65532"

// Read is the manifest of the repository at root. lotseVersion names Lotse's own image.
func Read(root, lotseVersion string) (Manifest, error) {
	all, err := programs(root, lotseVersion)
	if err != nil {
		return Manifest{}, err
	}
	v := versions{root: root}
	node := v.file("images/node/VERSION")
	b := Manifest{
		KubernetesVersion: v.of(kubernetesDir, "k8s.io/kubernetes"),
		NodeImageVersion:  "LotseDebian-12-" + node,
		DebianState:       node,
		Programs:          all,
		Host:              []string{"kubectl"},
	}
	b.Images = []Image{
		{Name: "kubernetes", Layers: []Layer{{Programs: []string{"kubernetes"}}}},
		simple("etcd", "etcd", ""),
		{
			// Its own number, because other processes may reach a Pod's pause through a shared PID namespace.
			Name: "pause", Layers: []Layer{{Programs: []string{"pause"}}}, Entrypoint: []string{"/usr/local/bin/pause"}, User: "65535:65535",
		},
		{Name: "busybox", Layers: []Layer{{Packages: "images/busybox/packages", Applets: "bin/busybox"}}, Entrypoint: []string{"/bin/sh"}},
		{
			// What az aks command invoke runs in. Its version is kubectl's, its first program.
			Name: "runcommand", Layers: []Layer{{Packages: "images/busybox/packages", Applets: "bin/busybox"}, {Programs: []string{"kubectl", "runcommand"}}},
			Entrypoint: []string{"/usr/local/bin/runcommand"}, User: nonroot,
		},
		simple("coredns", "coredns", nonroot),
		simple("volumes", "volumes", ""),
		{Name: "konnectivity", Layers: []Layer{{Programs: []string{"konnectivity"}}}, User: nonroot},
		simple("metrics-server", "metrics-server", nonroot),
		simple("registry", "registry", ""),
		simple("lotse", "lotse", nonroot),
		nodeImage("kubernetes"),
	}
	for _, s := range sources[1:] {
		b.Images = append(b.Images, furtherImages(s)...)
	}
	for i := range b.Images {
		b.Images[i].Version = b.versionOf(b.Images[i], node)
	}
	return b, v.err
}

// versionOf an image is that of its first program.
func (b Manifest) versionOf(image Image, node string) string {
	if image.Name == "busybox" {
		return node // the Debian packages are those of this node image
	}
	p, _ := b.Program(image.Contents()[0])
	if cmp.Or(image.Repository, image.Name) == "node" {
		return p.Version + "-" + node
	}
	return p.Version
}

// simple is an image of one program, which it runs.
func simple(name, program, user string) Image {
	return Image{
		Name: name, Layers: []Layer{{Programs: []string{program}}}, Entrypoint: []string{"/usr/local/bin/" + program}, User: user,
	}
}

// nodeImage begins with the very layer the kubernetes image begins with. Where both are used on one machine, the large program lies
// there once, and control planes and nodes share its pages in memory.
func nodeImage(kubernetes string) Image {
	plugins := []string{"cni/bridge", "cni/host-local", "cni/loopback", "cni/portmap", "cni/ptp"}
	places := map[string]string{}
	for _, p := range plugins {
		places[p] = "opt/cni/bin/" + path.Base(p)
	}
	return Image{
		Name: "node",
		Layers: []Layer{
			{Programs: []string{kubernetes}},
			{Tree: "images/node/packages"},
			{Carries: []string{"pause", "konnectivity", "coredns", "metrics-server"}}, // of the Pods that every cluster's first node runs
			{Programs: append([]string{"containerd", "containerd-shim-runc-v2", "runc", "flannel"}, plugins...)},
		},
		Places:     places,
		Own:        []string{"lotse-node"},
		Links:      []string{"kubelet", "kube-proxy", "ctr"},
		Entrypoint: []string{"/usr/local/bin/lotse-node", "machine"},
	}
}
