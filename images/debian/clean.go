package debian

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// leftovers is what installing leaves behind that differs from machine to machine or day to day, or that is not read on a node.
var leftovers = []string{
	"boot/*", "dev/*", "run/*", "tmp/*",
	"etc/.pwd.lock", "etc/group-", "etc/gshadow-", "etc/passwd-", "etc/shadow-", "etc/hostname", "etc/resolv.conf",
	"usr/share/info/*", "usr/share/lintian", "usr/share/locale/*", "usr/share/man/*",
	"var/backups/*", "var/cache/*", "var/lib/apt/lists/*", "var/lib/dpkg/*-old", "var/lib/systemd/*", "var/log/*", "var/tmp/*",
}

func clean(root string) error {
	for _, pattern := range leftovers {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return fmt.Errorf("cleaning the tree: %w", err)
		}
		for _, n := range names {
			if err := os.RemoveAll(n); err != nil {
				return fmt.Errorf("cleaning the tree: %w", err)
			}
		}
	}
	// Empty, not missing: the node fills it when it boots.
	if err := os.WriteFile(filepath.Join(root, "etc/machine-id"), nil, 0o444); err != nil {
		return fmt.Errorf("cleaning the tree: %w", err)
	}
	if err := fixPasswordDates(filepath.Join(root, "etc/shadow")); err != nil {
		return err
	}
	return dropDocumentation(root)
}

// fixPasswordDates sets the day of the last password change, which is the day of the build, to one fixed day.
func fixPasswordDates(shadow string) error {
	content, err := os.ReadFile(shadow)
	if err != nil {
		return fmt.Errorf("cleaning the tree: %w", err)
	}
	lines := strings.Split(string(content), "\n")
	for i, line := range lines {
		if fields := strings.Split(line, ":"); len(fields) > 2 {
			fields[2] = "20000" // days since 1970
			lines[i] = strings.Join(fields, ":")
		}
	}
	if err := os.WriteFile(shadow, []byte(strings.Join(lines, "\n")), 0o640); err != nil {
		return fmt.Errorf("cleaning the tree: %w", err)
	}
	return nil
}

// dropDocumentation keeps of a package's documentation what the licences ask to keep: the copyright files.
func dropDocumentation(root string) error {
	for _, dir := range []string{"usr/share/man", "usr/share/lintian", "usr/share/bug"} {
		if err := os.RemoveAll(filepath.Join(root, dir)); err != nil {
			return fmt.Errorf("dropping documentation: %w", err)
		}
	}
	doc := filepath.Join(root, "usr/share/doc")
	if _, err := os.Stat(doc); os.IsNotExist(err) {
		return nil
	}
	err := filepath.WalkDir(doc, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "copyright" || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		return os.Remove(name)
	})
	if err != nil {
		return fmt.Errorf("dropping documentation: %w", err)
	}
	return nil
}
