package authorization

import (
	"regexp"
	"strings"

	"lotse.dev/arm/fault"
)

// conditions of a $filter by lower-case name: functions such as atScope() and assignedTo('id'), and comparisons such as principalId eq 'id'.
type conditions map[string]string

var condition = regexp.MustCompile(`^\s*(?:(\w+)\(\s*(?:'((?:[^']|'')*)')?\s*\)|(\w+)\s+(?i:eq)\s+'((?:[^']|'')*)')\s*((?i:and)\s+|$)`)

// parseFilter reads conditions joined by "and", all of which must be among those that the list knows.
func parseFilter(s string, known ...string) (conditions, error) {
	found := conditions{}
	for rest := strings.TrimSpace(s); rest != ""; {
		parts := condition.FindStringSubmatch(rest)
		if parts == nil {
			return nil, notUnderstood(s, known)
		}
		name := parts[1] + parts[3]
		if !contains(known, name) {
			return nil, notUnderstood(s, known)
		}
		found[strings.ToLower(name)] = strings.ReplaceAll(parts[2]+parts[4], "''", "'")
		if rest = rest[len(parts[0]):]; rest == "" && parts[5] != "" {
			return nil, notUnderstood(s, known)
		}
	}
	return found, nil
}

func contains(known []string, name string) bool {
	for _, k := range known {
		if strings.EqualFold(strings.TrimRight(k, "()"), name) {
			return true
		}
	}
	return false
}

func notUnderstood(s string, known []string) error {
	return fault.New(fault.InvalidFilter, "The filter '%s' is not understood. Supported are: %s; join several by 'and'.",
		s, strings.Join(known, ", ")).At("$filter")
}

func (c conditions) has(name string) bool {
	_, ok := c[name]
	return ok
}

// equal reports whether the condition is not there, or has this value.
func (c conditions) equal(name, value string) bool {
	want, ok := c[name]
	return !ok || strings.EqualFold(want, value)
}
