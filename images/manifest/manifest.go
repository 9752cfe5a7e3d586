// Package manifest lists what Lotse builds: the programs with their modules, the images with their layers. Package builder builds it.
// Versions are read from where they are decided, each module's go.mod.
package manifest

import (
	"cmp"
	"fmt"
	"slices"
)

// Program is one executable, built into the directory of host programs and from there put into images.
type Program struct {
	Name    string            // file name, below the directory of programs
	Dir     string            // its module's directory, relative to the repository's root; "." is the root module
	Modfile string            // the file in that directory with the module's requirements, where it is not go.mod
	Package string            // what to compile: a package, or a C source
	Version string            // upstream's, such as v3.7.3
	Stamp   map[string]string // variables the linker sets
	Links   []string          // further names it is called by
	C       bool              // compiled by the C compiler, not Go
	Cgo     bool              // Go with C in it, linked statically
	Tags    []string          // of Go's build constraints
	// Libraries are the Debian packages whose compiled C is linked into it, so that their licences go with it.
	Libraries []string
}

// Layer is one layer of an image: either programs, or unpacked packages, or a tree, or the layers of other images.
type Layer struct {
	Programs []string // programs alone, so that images with the same programs share the layer
	Packages string   // file that lists Debian packages to unpack, relative to the repository's root
	Applets  string   // program among those packages, whose --list names links to it that go beside it
	Tree     string   // file that lists the Debian packages of a tree that runs, relative to the root
	Carries  []string // images that come before this one, whose layers lie unpacked in it for the containerd of a machine
}

// List is the file that lists the layer's Debian packages; empty for programs.
func (l Layer) List() string { return cmp.Or(l.Packages, l.Tree) }

// Image is one image.
type Image struct {
	Name       string
	Repository string            // in the registry, where it is not the name
	Minor      string            // of Kubernetes, if only a build of this minor has the image
	Version    string            // the tag's first part
	Layers     []Layer           // the lowest first; a last one with links, accounts and the list of contents is always added
	Places     map[string]string // where programs lie that are not in /usr/local/bin
	Own        []string          // programs that go into the last layer, because they change most often
	Links      []string          // names of programs' Links the image has; nil: all
	Entrypoint []string
	User       string
}

// Manifest is all there is to build.
type Manifest struct {
	KubernetesVersion string
	NodeImageVersion  string
	DebianState       string    // while it stays the same, Debian packages are not fetched again
	Programs          []Program // without those of a command that is not there yet
	Images            []Image   // in the order to build, those of further minors last
	Host              []string  // programs that no image has, for whoever works on this machine
}

// Program finds a program by name.
func (b Manifest) Program(name string) (Program, bool) {
	i := slices.IndexFunc(b.Programs, func(p Program) bool { return p.Name == name })
	if i < 0 {
		return Program{}, false
	}
	return b.Programs[i], true
}

// Select keeps the images with these names, or those of every build where there are none.
func (b Manifest) Select(names []string) (Manifest, error) {
	for _, n := range names {
		if !slices.ContainsFunc(b.Images, func(i Image) bool { return i.Name == n }) {
			return Manifest{}, fmt.Errorf("no image is called %q; there are: %v", n, b.names())
		}
	}
	wanted := b.withCarried(names)
	b.Images = slices.DeleteFunc(slices.Clone(b.Images), func(i Image) bool {
		if len(names) == 0 {
			return i.Minor != ""
		}
		return !slices.Contains(wanted, i.Name)
	})
	if len(names) > 0 {
		b.Host = nil
	}
	return b, nil
}

// withCarried adds the images that those named carry.
func (b Manifest) withCarried(names []string) []string {
	all := slices.Clone(names)
	for _, i := range b.Images {
		for _, l := range i.Layers {
			if slices.Contains(names, i.Name) {
				all = append(all, l.Carries...)
			}
		}
	}
	return all
}

func (b Manifest) names() (all []string) {
	for _, i := range b.Images {
		all = append(all, i.Name)
	}
	return all
}

// Contents names every program the image has, links not counted.
func (i Image) Contents() []string {
	var all []string
	for _, l := range i.Layers {
		all = append(all, l.Programs...)
	}
	return append(all, i.Own...)
}

// Place is where in the image a program lies, without a leading slash.
func (i Image) Place(program string) string {
	if place, ok := i.Places[program]; ok {
		return place
	}
	return "usr/local/bin/" + program
}
