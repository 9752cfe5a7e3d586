package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Unpack puts the files of the packages below root without installing them: no script of theirs runs, and what they depend on comes
// only if it is named too.
func Unpack(ctx context.Context, names []string, root string) ([]Package, error) {
	downloads, err := os.MkdirTemp("", "lotse-packages-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for downloads: %w", err)
	}
	defer os.RemoveAll(downloads)
	if err := download(ctx, names, downloads); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(downloads, "*.deb"))
	if err != nil || len(files) != len(names) {
		return nil, errors.Join(fmt.Errorf("apt-get brought %d packages for %v", len(files), names), err)
	}
	var all []Package
	for _, f := range files {
		p, err := fromFile(f)
		if err != nil {
			return nil, err
		}
		if _, err := run(ctx, "is the disk full?", "dpkg-deb", "-x", f, root); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, dropDocumentation(root)
}

// download goes through sh because apt-get downloads into its working directory.
func download(ctx context.Context, names []string, dir string) error {
	command := append([]string{"sh", "-c", `cd "$0" && exec apt-get -q -o APT::Sandbox::User=root download "$@"`, dir}, names...)
	_, err := run(ctx, "refresh the package lists with `apt-get update`", command...)
	return err
}
