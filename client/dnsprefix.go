package client

import "strings"

// DNSPrefix is the prefix of a new cluster's DNS name that az makes when none is named: of the cluster's name, its group's and the
// subscription's ID the first 10, 16 and 6 characters, without those that a DNS name cannot have. It is valid for every valid name.
func DNSPrefix(cluster, group, subscription string) string {
	name := cut(labelCharacters(cluster), 10)
	if name == "" || !isLetter(rune(name[0])) {
		name = cut("a"+name, 10)
	}
	return name + "-" + cut(labelCharacters(group), 16) + "-" + cut(subscription, 6)
}

// labelCharacters are the letters and digits of ASCII and the hyphens in a text.
func labelCharacters(s string) string {
	return strings.Map(func(r rune) rune {
		if isLetter(r) || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, s)
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func cut(s string, length int) string { return s[:min(len(s), length)] }
