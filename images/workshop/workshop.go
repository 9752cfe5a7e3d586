// Package workshop follows the recipe: it compiles programs, makes layers and writes image layouts, each only when what it is made
// from has changed. What it makes appears in the output directory in full or not at all, also when it is interrupted.
//
// The output directory holds bin/ (programs for this machine), images/ (layouts and the catalogue), contents/ (what is in each
// image) and .build/ (the workshop's own records and layers; deleting it only costs time).
package workshop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"lotse.dev/images/debian"
	"lotse.dev/images/layout"
	"lotse.dev/images/recipe"
)

// Workshop builds one book into one directory.
type Workshop struct {
	root, out string
	book      recipe.Book
	store     layout.Store
	programs  map[string]program // those looked at in this run
	used      map[string]bool    // layer records used in this run
	report    func(name, what string, took time.Duration)
}

// New is a workshop for the repository at root that writes into out and reports every image with what became of it.
func New(root, out string, book recipe.Book, report func(name, what string, took time.Duration)) (*Workshop, error) {
	out, err := filepath.Abs(out)
	if err != nil {
		return nil, fmt.Errorf("finding the output directory: %w", err)
	}
	w := &Workshop{root: root, out: out, book: book, report: report, programs: map[string]program{}, used: map[string]bool{}}
	w.store = layout.Store{Dir: w.path(".build/layers")}
	for _, dir := range []string{"bin/cni", "images", "contents", ".build/layers", ".build/records", ".build/staged"} {
		if err := os.MkdirAll(w.path(dir), 0o755); err != nil {
			return nil, fmt.Errorf("making the output directory (choose another with -out): %w", err)
		}
	}
	return w, nil
}

func (w *Workshop) path(name string) string { return filepath.Join(w.out, name) }

// Build builds every image of the book. One that fails does not keep the others from being built. whole says that the book was not
// narrowed: then layers no image uses any more are deleted.
func (w *Workshop) Build(ctx context.Context, whole bool) error {
	lock, err := w.lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := w.sweep(); err != nil {
		return err
	}
	var failures error
	for _, image := range w.book.Images {
		started := time.Now()
		what, err := w.image(ctx, image)
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted while building %s; run the command again to go on: %w", image.Name, ctx.Err())
		}
		if err != nil {
			what = "failed"
			failures = errors.Join(failures, fmt.Errorf("building image %s: %w", image.Name, err))
		}
		w.report(image.Name, what, time.Since(started))
	}
	if failures == nil && whole {
		return w.collect()
	}
	return failures
}

// lock keeps two builds from working in the same directory; the second one waits.
func (w *Workshop) lock() (*os.File, error) {
	file, err := os.OpenFile(w.path(".build/lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking the output directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("locking the output directory: %w", err)
	}
	return file, nil
}

// sweep deletes trees of Debian packages: those just put into layers, and those an interrupted build left.
func (w *Workshop) sweep() error {
	left, err := filepath.Glob(w.path(".build/tree-*"))
	if err != nil {
		return fmt.Errorf("sweeping up: %w", err)
	}
	for _, dir := range left {
		if err := debian.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}
