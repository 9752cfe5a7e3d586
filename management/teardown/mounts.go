package teardown

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Mount is one line of the mount table.
type Mount struct{ Point, Type string }

// MountTable returns the mounts of this mount namespace, in the order of mounting.
func MountTable() ([]Mount, error) {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("mount table: %w", err)
	}
	return parseMounts(string(content)), nil
}

// parseMounts reads /proc/self/mountinfo: the fifth field is the mount point, the one after "-" the type of file system.
func parseMounts(content string) (all []Mount) {
	for line := range strings.Lines(content) {
		before, after, found := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if found && len(fields) >= 5 && len(kind) > 0 {
			all = append(all, Mount{Point: unescape(fields[4]), Type: kind[0]})
		}
	}
	return all
}

// unescape replaces the octal escapes of the mount table.
func unescape(path string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(path)
}

// within selects the mount points strictly below the installation's directories, innermost first. A disk that is mounted at the data
// directory itself is the operator's.
func (s Scope) within(all []Mount) (points []string) {
	for _, m := range slices.Backward(all) {
		for _, dir := range []string{s.Data, s.Run} {
			if m.Point != dir && isWithin(m.Point, dir) {
				points = append(points, m.Point)
			}
		}
	}
	return points
}

// Mounts returns the installation's mount points, innermost first.
func (s Scope) Mounts() ([]string, error) {
	all, err := MountTable()
	return s.within(all), err
}

// Unmount detaches all of them.
func (s Scope) Unmount() error {
	points, err := s.Mounts()
	if err != nil {
		return err
	}
	for _, p := range points {
		err := syscall.Unmount(p, syscall.MNT_DETACH)
		if err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOENT) { // unmounted together with another one
			return fmt.Errorf("unmount %s: %w", p, err)
		}
	}
	return nil
}
