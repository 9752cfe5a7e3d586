package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Tree makes root a Debian tree that runs: the minimal base and the packages named with what they depend on, at the state of all of
// the building machine's sources for the suite, security updates included. It needs root.
func Tree(ctx context.Context, names []string, root string) ([]Package, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("making a Debian tree needs root: run the build as root, or name the images to build without node")
	}
	sources, err := readSources(ctx)
	if err != nil {
		return nil, err
	}
	_, err = run(ctx, "is the mirror reachable?",
		"debootstrap", "--variant=minbase", "--include="+strings.Join(names, ","), Suite, root, sources.base)
	if err != nil {
		return nil, err
	}
	if err := upgrade(ctx, root, sources); err != nil {
		return nil, err
	}
	packages, err := installed(root)
	if err != nil {
		return nil, err
	}
	return packages, clean(root)
}

// sources are the building machine's apt sources for the suite.
type sources struct {
	base  string   // the mirror of the suite itself
	lines []string // in the format of sources.list
}

func readSources(ctx context.Context) (sources, error) {
	output, err := run(ctx, "refresh the package lists with `apt-get update`",
		"apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(ORIGIN) $(COMPONENT)", "Created-By: Packages")
	if err != nil {
		return sources{}, err
	}
	s := parseSources(output)
	if s.base == "" {
		return sources{}, fmt.Errorf("apt has no source for Debian %s; build on Debian 12, or add one to /etc/apt and `apt-get update`", Suite)
	}
	return s, nil
}

func parseSources(targets string) (s sources) {
	for line := range strings.Lines(targets) {
		f := strings.Fields(line)
		if len(f) != 4 || f[2] != "Debian" || f[3] != "main" {
			continue
		}
		switch f[1] {
		case Suite:
			s.base = f[0]
		case Suite + "-updates", Suite + "-security":
		default:
			continue
		}
		s.lines = append(s.lines, "deb "+f[0]+" "+f[1]+" main")
	}
	return s
}

// upgrade takes in the updates that came after the suite's last point release. The sources are gone again afterwards: which mirror
// a node may use is its operator's choice.
func upgrade(ctx context.Context, root string, s sources) error {
	list := filepath.Join(root, "etc/apt/sources.list")
	if err := os.WriteFile(list, []byte(strings.Join(s.lines, "\n")+"\n"), 0o644); err != nil {
		return fmt.Errorf("giving the tree its sources: %w", err)
	}
	for _, args := range [][]string{{"update"}, {"--yes", "upgrade"}} {
		command := append([]string{"chroot", root, "apt-get", "-q", "-o", "APT::Sandbox::User=root"}, args...)
		if _, err := run(ctx, "is the mirror reachable from a chroot?", command...); err != nil {
			return err
		}
	}
	if err := os.WriteFile(list, nil, 0o644); err != nil {
		return fmt.Errorf("taking the tree's sources away: %w", err)
	}
	return nil
}
