package builder

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"lotse.dev/images/debian"
	"lotse.dev/images/inputs"
	"lotse.dev/images/layer"
	"lotse.dev/images/manifest"
)

const (
	passwd = "root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n"
	group  = "root:x:0:\nnonroot:x:65532:\n"
)

// contents is the list of what an image has, which lies in it as /usr/share/lotse/contents.json.
type contents struct {
	Image    string            `json:"image"`
	Version  string            `json:"version"`
	Programs []programContents `json:"programs,omitempty"`
	Packages []debian.Package  `json:"packages,omitempty"`
}

type programContents struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Go      string   `json:"go,omitempty"`
	Modules []module `json:"modules,omitempty"`
	// Libraries are Debian packages that are linked in.
	Libraries []string `json:"libraries,omitempty"`
}

type module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

// list says what an image has, after what its programs themselves record.
func (b *Builder) list(image manifest.Image, programs []program, packages []debian.Package) (contents, error) {
	c := contents{Image: image.Name, Version: image.Version, Packages: packages}
	for _, p := range programs {
		one := programContents{Name: path.Base(p.Name), Version: p.Version, Libraries: p.Libraries}
		if !p.C {
			info, err := buildinfo.ReadFile(b.path("bin/" + p.Name))
			if err != nil {
				return contents{}, fmt.Errorf("reading which modules %s has: %w", p.Name, err)
			}
			one.Go = info.GoVersion
			for _, m := range info.Deps {
				if m.Replace != nil {
					m = m.Replace
				}
				one.Modules = append(one.Modules, module{Path: m.Path, Version: m.Version})
			}
		}
		c.Programs = append(c.Programs, one)
	}
	return c, nil
}

func (c contents) render() ([]byte, error) {
	content, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("rendering the list of contents: %w", err)
	}
	return append(content, '\n'), nil
}

func (c contents) modules() (all []module) {
	for _, p := range c.Programs {
		all = append(all, p.Modules...)
	}
	return all
}

func (c contents) libraries() (all []string) {
	for _, p := range c.Programs {
		all = append(all, p.Libraries...)
	}
	return all
}

// lastLayer has what is small or changes often: names of programs, the image's own programs, accounts, licences and the list of
// contents.
func (b *Builder) lastLayer(ctx context.Context, image manifest.Image, programs []program, list contents) (layerRecord, error) {
	listing, err := list.render()
	if err != nil {
		return layerRecord{}, err
	}
	entries := append(accounts(image), file("usr/share/lotse/contents.json", listing))
	entries = append(entries, names(image, programs)...)
	own := named(programs, image.Own)
	key := b.sources(inputs.New("last"), "layer", "builder")
	for _, e := range entries {
		key.Text(e.Path, string(e.Kind), e.Target, string(e.Content))
	}
	for _, p := range own {
		key.Text(image.Place(p.Name), p.Digest)
	}
	return b.layer(key, func(*layerRecord) ([]layer.Entry, error) {
		entries = append(entries, b.programEntries(image, own)...)
		if !slices.ContainsFunc(programs, func(p program) bool { return !p.C }) {
			return entries, nil
		}
		// Not part of the key: the list of modules and libraries is, and they decide the texts.
		texts, err := notices(ctx, list.modules(), list.libraries())
		return append(entries, file("usr/share/lotse/licences.txt", texts)), err
	})
}

func file(name string, content []byte) layer.Entry {
	return layer.Entry{Path: name, Kind: layer.File, Mode: 0o644, Content: content}
}

// accounts is what a program expects around it. A Debian tree has its own.
func accounts(image manifest.Image) []layer.Entry {
	if slices.ContainsFunc(image.Layers, func(l manifest.Layer) bool { return l.Tree != "" }) {
		return nil
	}
	return []layer.Entry{
		file("etc/group", []byte(group)),
		file("etc/passwd", []byte(passwd)),
		{Path: "tmp", Kind: layer.Dir, Mode: 0o1777},
	}
}

// names is the further names of the image's programs.
func names(image manifest.Image, programs []program) (links []layer.Entry) {
	for _, p := range programs {
		place := image.Place(p.Name)
		for _, name := range p.Links {
			if image.Links == nil || slices.Contains(image.Links, name) {
				links = append(links, layer.Entry{
					Path: path.Join(path.Dir(place), name), Kind: layer.Symlink, Mode: 0o777, Target: path.Base(place),
				})
			}
		}
	}
	return links
}
