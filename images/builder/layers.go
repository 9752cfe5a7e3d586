package builder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"lotse.dev/images/debian"
	"lotse.dev/images/inputs"
	"lotse.dev/images/layer"
	"lotse.dev/images/layout"
	"lotse.dev/images/manifest"
)

// layerRecord is a layer in the store and the record of how it came there.
type layerRecord struct {
	Key      string
	Blob     layout.Blob
	Packages []debian.Package `json:",omitempty"`
}

// layer makes a layer, unless one was made from the same inputs, be it for this image or another.
func (b *Builder) layer(key *inputs.Key, entries func(*layerRecord) ([]layer.Entry, error)) (layerRecord, error) {
	sum, err := key.Sum()
	if err != nil {
		return layerRecord{}, err
	}
	step := "layer-" + sum[:16]
	b.use(step)
	var l layerRecord
	if err := b.read(step, &l); err != nil {
		return layerRecord{}, err
	}
	if l.Key == sum && b.store.Has(l.Blob) {
		return l, nil
	}
	l = layerRecord{Key: sum}
	all, err := entries(&l)
	if err != nil {
		return layerRecord{}, err
	}
	if l.Blob, err = b.store.AddLayer(all); err != nil {
		return layerRecord{}, err
	}
	return l, b.write(step, l)
}

func (b *Builder) use(step string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used[step] = true
}

// programLayer is a layer of programs and nothing else.
func (b *Builder) programLayer(image manifest.Image, programs []program) (layerRecord, error) {
	key := b.sources(inputs.New("programs"), "layer")
	for _, p := range programs {
		key.Text(image.Place(p.Name), p.Digest)
	}
	return b.layer(key, func(*layerRecord) ([]layer.Entry, error) { return b.programEntries(image, programs), nil })
}

func (b *Builder) programEntries(image manifest.Image, programs []program) (all []layer.Entry) {
	for _, p := range programs {
		all = append(all, layer.Entry{
			Path: image.Place(p.Name), Kind: layer.File, Mode: 0o755, Source: b.path("bin/" + p.Name),
		})
	}
	return all
}

// installPackages makes the layers of Debian packages, one after the other: apt and dpkg lock each other out.
func (b *Builder) installPackages(ctx context.Context, layers []manifest.Layer) {
	for _, l := range layers {
		t := b.progress.begin("Debian packages of "+l.List(), "installing")
		b.debian[l.List()].keep(b.debianLayer(ctx, l))
		b.progress.end(t)
	}
}

// debianLayer is a layer of Debian packages, unpacked or as a tree. Its key has the list and the state of Debian the repository asks
// for, but not what the mirror has at the moment: a node image keeps its packages until its version is raised.
func (b *Builder) debianLayer(ctx context.Context, l manifest.Layer) (made layerRecord, err error) {
	fill := debian.Unpack
	if l.Tree != "" {
		fill = debian.Tree
	}
	names, err := debian.ReadList(filepath.Join(b.root, l.List()))
	if err != nil {
		return layerRecord{}, err
	}
	// A tree has to last until the layer is stored, for its entries are only read then.
	defer func() { err = errors.Join(err, b.removeTrees()) }()
	key := b.sources(inputs.New("debian"), "layer", "debian")
	key.Text(l.Applets, fmt.Sprint(l.Tree != ""), b.manifest.DebianState).Text(names...)
	return b.layer(key, func(record *layerRecord) ([]layer.Entry, error) {
		root, err := os.MkdirTemp(b.path(".build"), "tree-")
		if err != nil {
			return nil, fmt.Errorf("making a directory for packages: %w", err)
		}
		if err := os.Chmod(root, 0o755); err != nil {
			return nil, fmt.Errorf("making a directory for packages: %w", err)
		}
		if record.Packages, err = fill(ctx, names, root); err != nil {
			return nil, err
		}
		entries, err := layer.Tree(root)
		if err != nil || l.Applets == "" {
			return entries, err
		}
		links, err := applets(ctx, root, l.Applets)
		return append(entries, links...), err
	})
}

// applets asks the program which other names it answers to.
func applets(ctx context.Context, root, program string) ([]layer.Entry, error) {
	output, err := exec.CommandContext(ctx, filepath.Join(root, program), "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("asking %s for its applets: %w", program, err)
	}
	var links []layer.Entry
	for name := range strings.FieldsSeq(string(output)) {
		if name != path.Base(program) {
			links = append(links, layer.Entry{
				Path: path.Join(path.Dir(program), name), Kind: layer.Symlink, Mode: 0o777, Target: path.Base(program),
			})
		}
	}
	return links, nil
}
