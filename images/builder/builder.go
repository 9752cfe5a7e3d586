// Package builder builds what the manifest lists: it compiles programs, makes layers and writes image layouts, each only when its inputs
// have changed. Every output appears in the output directory in full or not at all, also when the build is interrupted.
//
// The output directory holds bin/ (programs for this machine), images/ (layouts and the catalogue), contents/ (what is in each
// image) and .build/ (the builder's own records and layers; deleting it only costs time).
package builder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"lotse.dev/images/debian"
	"lotse.dev/images/layout"
	"lotse.dev/images/manifest"
)

// Report gets what happens. Its functions are called by one goroutine at a time.
type Report struct {
	// Image is called once for each image, with what became of it.
	Image func(name, what string, took time.Duration)
	// Progress is called every few seconds of a build that takes long, with a line that says what is being made and how far it is.
	Progress func(line string)
}

// Builder builds one manifest into one directory.
type Builder struct {
	root, out string
	manifest  manifest.Manifest
	store     layout.Store
	report    Report
	progress  *progress
	programs  map[string]*promise[program]     // by name, those that are needed
	debian    map[string]*promise[layerRecord] // by the file that lists the packages

	mu   sync.Mutex
	used map[string]bool // layer records used in this run

	made map[string][]layerRecord // layers of the images of this run, by the image's name
}

// New is a builder for the repository at root that writes into out.
func New(root, out string, m manifest.Manifest, report Report) (*Builder, error) {
	out, err := filepath.Abs(out)
	if err != nil {
		return nil, fmt.Errorf("finding the output directory: %w", err)
	}
	b := &Builder{
		root: root, out: out, manifest: m, report: report, progress: newProgress(report.Progress),
		programs: map[string]*promise[program]{}, debian: map[string]*promise[layerRecord]{}, used: map[string]bool{},
		made: map[string][]layerRecord{},
	}
	b.store = layout.Store{Dir: b.path(".build/layers")}
	for _, dir := range []string{"bin", "images", "contents", ".build/layers", ".build/records", ".build/staged"} {
		if err := os.MkdirAll(b.path(dir), 0o755); err != nil {
			return nil, fmt.Errorf("making the output directory (choose another with -out): %w", err)
		}
	}
	return b, nil
}

func (b *Builder) path(name string) string { return filepath.Join(b.out, name) }

// Build builds every image of the manifest. An image that fails does not keep the others from being built. Layers that no image uses any
// more are deleted if whole says that the manifest has all images.
//
// Three things happen at the same time: programs are compiled in the order of the images, Debian packages are installed, and images are
// written as soon as their parts are there.
func (b *Builder) Build(ctx context.Context, whole bool) error {
	lock, err := b.lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := b.removeTrees(); err != nil {
		return err
	}
	names, layers := b.prepare()
	ctx, cancel := context.WithCancel(ctx)
	var background sync.WaitGroup
	defer background.Wait()
	defer cancel()
	background.Go(func() { b.compilePrograms(ctx, names) })
	background.Go(func() { b.installPackages(ctx, layers) })
	background.Go(func() { b.progress.run(ctx) })
	return b.images(ctx, whole)
}

// prepare promises every program and every layer of Debian packages that are needed, and returns them in the order to make them.
func (b *Builder) prepare() (programs []string, layers []manifest.Layer) {
	need := func(names []string) {
		for _, name := range names {
			if b.programs[name] == nil {
				b.programs[name] = newPromise[program]()
				programs = append(programs, name)
			}
		}
	}
	for _, image := range b.manifest.Images {
		need(image.Contents())
		for _, l := range image.Layers {
			if list := l.List(); list != "" && b.debian[list] == nil {
				b.debian[list] = newPromise[layerRecord]()
				layers = append(layers, l)
			}
		}
	}
	need(b.manifest.Host)
	return programs, layers
}

func (b *Builder) images(ctx context.Context, whole bool) error {
	var failures error
	for _, image := range b.manifest.Images {
		started := time.Now()
		what, err := b.image(ctx, image)
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted while building %s; run the command again to go on: %w", image.Name, ctx.Err())
		}
		if err != nil {
			what = "failed"
			failures = errors.Join(failures, fmt.Errorf("building image %s: %w", image.Name, err))
		}
		b.progress.exclusive(func() { b.report.Image(image.Name, what, time.Since(started)) })
	}
	if _, err := b.compiled(b.manifest.Host); err != nil {
		failures = errors.Join(failures, err)
	}
	if failures == nil && whole {
		return b.collect()
	}
	return failures
}

// lock keeps two builds from working in the same directory; the second one waits.
func (b *Builder) lock() (*os.File, error) {
	file, err := os.OpenFile(b.path(".build/lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking the output directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("locking the output directory: %w", err)
	}
	return file, nil
}

// removeTrees deletes trees of Debian packages: those just put into layers, and those an interrupted build left.
func (b *Builder) removeTrees() error {
	left, err := filepath.Glob(b.path(".build/tree-*"))
	if err != nil {
		return fmt.Errorf("removing trees of Debian packages: %w", err)
	}
	for _, dir := range left {
		if err := debian.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}
