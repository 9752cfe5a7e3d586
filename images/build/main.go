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
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./images/build [-out DIR] [-version VERSION] [-release MINOR] [image ...]")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *out, *version, *release, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, version, release string, names []string) error {
	root, err := repository()
	if err != nil {
		return err
	}
	m, err := manifest.Read(root, version)
	if err != nil {
		return err
	}
	if release != "" {
		m, err = m.Release(release)
	} else {
		m, err = m.Select(names)
	}
	if err != nil {
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
	if err := b.Build(ctx, release == "" && len(names) == 0); err != nil {
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
