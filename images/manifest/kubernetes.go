package manifest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const kubernetesDir = "images/kubernetes"

// source of one minor of Kubernetes: all are compiled from one directory, each with requirements of its own.
type source struct {
	minor   string
	modfile string // "" is go.mod
}

// sources of Kubernetes, newest first. The first is in every build, the others are built when they are asked for.
var sources = []source{{minor: "1.37"}, {"1.36", "1.36.mod"}, {"1.35", "1.35.mod"}}

// Minor of Kubernetes that is in every build.
func Minor() string { return sources[0].minor }

// Further are the minors of Kubernetes that are built only when they are asked for, newest first.
func Further() (minors []string) {
	for _, s := range sources[1:] {
		minors = append(minors, s.minor)
	}
	return minors
}

// server is the program with all servers of one minor. One that is not in every build lies in a directory of its own, with the names of its servers.
func (v *versions) server(s source) Program {
	version := v.in(kubernetesDir, s.modfile, "k8s.io/kubernetes")
	p := Program{
		Name: "kubernetes", Dir: kubernetesDir, Modfile: s.modfile, Package: ".", Version: version, Stamp: kubernetesStamp(version),
		Links: []string{"kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"},
	}
	if s.modfile != "" {
		p.Name, p.Tags = s.minor+"/kubernetes", []string{"kubernetes" + s.minor}
	}
	return p
}

func kubernetesStamp(version string) map[string]string {
	const in = "k8s.io/component-base/version."
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	return map[string]string{in + "gitVersion": version, in + "gitMajor": major, in + "gitMinor": minor}
}

// furtherImages are the images of a minor that is not in every build: what has Kubernetes in it. All others are the same for each minor.
func furtherImages(s source) []Image {
	program := s.minor + "/kubernetes"
	servers := Image{Name: "kubernetes", Layers: []Layer{{Programs: []string{program}}}}
	images := []Image{servers, nodeImage(program)}
	for i := range images {
		image := &images[i]
		if image.Places == nil {
			image.Places = map[string]string{}
		}
		image.Places[program] = "usr/local/bin/" + path.Base(program)
		image.Repository, image.Name, image.Minor = image.Name, image.Name+"-"+s.minor, s.minor
	}
	return images
}

// Release narrows the manifest to the images of one of the minors that are built when they are asked for, and to what these carry.
func (b Manifest) Release(minor string) (Manifest, error) {
	if !slices.Contains(Further(), minor) {
		return Manifest{}, fmt.Errorf("there are no sources of Kubernetes %q that are built only when asked for; there are: %s", minor, strings.Join(Further(), ", "))
	}
	var names []string
	for _, i := range b.Images {
		if i.Minor == minor {
			names = append(names, i.Name)
		}
	}
	return b.Select(names)
}

// NodeImage narrows the manifest to the node image of a minor, or of the "newest", and to what it carries.
func (b Manifest) NodeImage(minor string) (Manifest, error) {
	switch {
	case minor == "newest" || minor == Minor():
		return b.Select([]string{"node"})
	case slices.Contains(Further(), minor):
		return b.Select([]string{"node-" + minor})
	}
	return Manifest{}, fmt.Errorf("there are no sources of Kubernetes %q; there are: %s, %s", minor, Minor(), strings.Join(Further(), ", "))
}
