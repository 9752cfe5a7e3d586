// Command build builds Lotse's images, or those named, and the programs in them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"lotse.dev/images/builder"
	"lotse.dev/images/manifest"
)

func main() {
	out := flag.String("out", "out", "directory that gets bin/ and images/")
	version := flag.String("version", "v0.0.0-dev", "version of Lotse, for the lotse image's tag")
	release := flag.String("release", "", "build what a cluster of this minor of Kubernetes needs, such as 1.36, that is not in every build")
	node := flag.String("node-image", "", "build the node image of this minor of Kubernetes, or of the newest, and what it carries")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./images/build [-out DIR] [-version VERSION] [-release MINOR | -node-image newest|MINOR] [image ...]")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *out, *version, selection{*release, *node, flag.Args()}); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// selection of images; the zero value is every build's.
type selection struct {
	release, node string
	names         []string
}

func (s selection) all() bool { return s.release == "" && s.node == "" && len(s.names) == 0 }

func (s selection) of(m manifest.Manifest) (manifest.Manifest, error) {
	switch {
	case s.release != "":
		return m.Release(s.release)
	case s.node != "":
		return m.NodeImage(s.node)
	}
	return m.Select(s.names)
}

func run(ctx context.Context, out, version string, selected selection) error {
	root, err := repository()
	if err != nil {
		return err
	}
	m, err := manifest.Read(root, version)
	if err != nil {
		return err
	}
	if m, err = selected.of(m); err != nil {
		return err
	}
	started := time.Now()
	b, err := builder.New(root, out, m, builder.Report{
		Image: func(name, what string, took time.Duration) {
			fmt.Printf("%-24s %6.1fs  %s\n", name, took.Seconds(), what)
		},
		Progress: func(line string) { fmt.Println(line) },
	})
	if err != nil {
		return err
	}
	if err := b.Build(ctx, selected.all()); err != nil {
		return err
	}
	fmt.Printf("%-24s %6.1fs\n", "all images", time.Since(started).Seconds())
	return nil
}

// repository is the directory of Lotse's root module, at or above the working directory.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(content), "module lotse.dev\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not inside Lotse's repository; change into it first")
		}
	}
}
