// Package naming is ARM's rules for names: of resource groups, clusters, pools, tags and locations.
package naming

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

var (
	guid      = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	cluster   = regexp.MustCompile(`^[a-zA-Z0-9]$|^[a-zA-Z0-9][-_a-zA-Z0-9]{0,61}[a-zA-Z0-9]$`)
	pool      = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)
	dnsPrefix = regexp.MustCompile(`^[a-zA-Z0-9]$|^[a-zA-Z0-9][-a-zA-Z0-9]{0,52}[a-zA-Z0-9]$`)
)

// Limits of names and tags, ARM's.
const (
	groupLength    = 90
	tagCount       = 50
	tagKeyLength   = 512
	tagValueLength = 256
)

// GUID reports whether the name is one, as subscriptions and principals have.
func GUID(name string) bool { return guid.MatchString(name) }

// Group checks the name of a resource group: 1 to 90 letters, digits and -_.() that do not end in a period.
func Group(name string) error {
	allowed := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.()", r)
	}
	other := func(r rune) bool { return !allowed(r) }
	switch {
	case !utf8.ValidString(name) || name == "" || strings.ContainsFunc(name, other):
		return fault.New(fault.InvalidResourceGroup, "The provided resource group name '%s' has these invalid characters: '%s'. "+
			"The name can only be a letter, digit, '-', '.', '(', ')' or '_'.", name, strings.ToValidUTF8(strip(name, allowed), "?"))
	case utf8.RuneCountInString(name) > groupLength:
		return fault.New(fault.InvalidResourceGroup, "The resource group name '%s' exceeds the maximum length of %d characters.", name, groupLength)
	case strings.HasSuffix(name, "."):
		return fault.New(fault.InvalidResourceGroup, "The resource group name '%s' ends with a period, which is not allowed.", name)
	}
	return nil
}

func strip(s string, drop func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if drop(r) {
			return -1
		}
		return r
	}, s)
}

// NodeGroup checks the name of a cluster's node resource group, which is shorter than others.
func NodeGroup(name string) error {
	if utf8.RuneCountInString(name) > v1alpha1.NodeGroupLength {
		return fault.New(fault.InvalidParameter, "The node resource group name '%s' has %d characters; at most %d are allowed. "+
			"Choose one with nodeResourceGroup.", name, utf8.RuneCountInString(name), v1alpha1.NodeGroupLength).At("properties.nodeResourceGroup")
	}
	return Group(name)
}

// Cluster checks the name of a managed cluster.
func Cluster(name string) error {
	if cluster.MatchString(name) {
		return nil
	}
	return fault.New(fault.InvalidParameter, "The managed cluster name '%s' is not valid: it must have 1 to 63 letters, digits, "+
		"underscores or hyphens, and begin and end with a letter or a digit.", name).At("resourceName")
}

// Pool checks the name of a node pool.
func Pool(name, target string) error {
	if pool.MatchString(name) {
		return nil
	}
	return fault.New(fault.InvalidParameter, "The agent pool name '%s' is not valid: it must have 1 to 12 lower-case letters or digits "+
		"and begin with a letter.", name).At(target)
}

// DNSPrefix checks a cluster's DNS prefix.
func DNSPrefix(prefix string) error {
	if dnsPrefix.MatchString(prefix) {
		return nil
	}
	return fault.New(fault.InvalidParameter, "The dnsPrefix '%s' is not valid: it must have 1 to 54 letters, digits or hyphens, "+
		"and begin and end with a letter or a digit.", prefix).At("properties.dnsPrefix")
}

// Location as ARM compares it: without spaces, lower case.
func Location(location string) string {
	return strings.ToLower(strings.ReplaceAll(location, " ", ""))
}

// Tags checks a resource's tags.
func Tags(tags map[string]string, target string) error {
	if len(tags) > tagCount {
		return fault.New(fault.InvalidTag, "There are %d tags; a resource has at most %d.", len(tags), tagCount).At(target)
	}
	seen := map[string]string{}
	for key, value := range tags {
		if err := tag(key, value, target); err != nil {
			return err
		}
		if other, twice := seen[strings.ToLower(key)]; twice {
			return fault.New(fault.InvalidTag, "The tag names '%s' and '%s' differ only in case, which does not count.", other, key).At(target)
		}
		seen[strings.ToLower(key)] = key
	}
	return nil
}

func tag(key, value, target string) error {
	switch {
	case key == "" || utf8.RuneCountInString(key) > tagKeyLength || strings.ContainsAny(key, `<>%&\?/`), strings.ContainsFunc(key, unicode.IsControl):
		return fault.New(fault.InvalidTag, "The tag name '%.100s' is not valid: it must have 1 to %d characters and none of <>%%&\\?/, nor "+
			"control characters.", key, tagKeyLength).At(target)
	case utf8.RuneCountInString(value) > tagValueLength:
		return fault.New(fault.InvalidTag, "The value of tag '%.100s' has more than %d characters.", key, tagValueLength).At(target)
	case strings.HasPrefix(strings.ToLower(key), "aks-managed-"):
		return fault.New(fault.InvalidTag, "The tag name '%s' begins with aks-managed-, which is kept for the service.", key).At(target)
	}
	return nil
}
