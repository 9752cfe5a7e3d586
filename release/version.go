package release

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version of Kubernetes. Patch is -1 in an alias such as "1.37".
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads "1.37.2" or the alias "1.37", with or without a leading "v".
func ParseVersion(s string) (Version, error) {
	parts := strings.Split(strings.TrimPrefix(s, "v"), ".")
	if len(parts) != 2 && len(parts) != 3 {
		return Version{}, fmt.Errorf("%q is not a Kubernetes version such as 1.37 or 1.37.2", s)
	}
	numbers := []int{0, 0, -1}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || strconv.FormatUint(n, 10) != p {
			return Version{}, fmt.Errorf("%q is not a Kubernetes version such as 1.37 or 1.37.2", s)
		}
		numbers[i] = int(n)
	}
	return Version{numbers[0], numbers[1], numbers[2]}, nil
}

// String is the version without "v".
func (v Version) String() string {
	if v.Alias() {
		return v.MinorString()
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// MinorString is such as "1.37".
func (v Version) MinorString() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Alias reports whether the version names a minor and no patch.
func (v Version) Alias() bool { return v.Patch < 0 }

// SameMinor reports whether both are patches of one minor.
func (v Version) SameMinor(o Version) bool { return v.Major == o.Major && v.Minor == o.Minor }

// Compare orders versions; an alias comes before its patches.
func (v Version) Compare(o Version) int {
	return cmp.Or(cmp.Compare(v.Major, o.Major), cmp.Compare(v.Minor, o.Minor), cmp.Compare(v.Patch, o.Patch))
}
