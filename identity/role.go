package identity

import "strings"

// Roles, as Azure names them.
const (
	Owner        = "Owner"
	Contributor  = "Contributor"
	Reader       = "Reader"
	ClusterAdmin = "Azure Kubernetes Service Cluster Admin Role"
	ClusterUser  = "Azure Kubernetes Service Cluster User Role"
)

// role is a set of actions: those that match a pattern of allow and none of except.
type role struct{ allow, except []string }

const readCluster = "microsoft.containerservice/managedclusters/read"

var roles = map[string]role{
	Owner: {allow: []string{"*"}},
	Contributor: {allow: []string{"*"}, except: []string{
		"microsoft.authorization/*/write", "microsoft.authorization/*/delete", "microsoft.authorization/elevateaccess/action",
	}},
	Reader:       {allow: []string{"*/read"}},
	ClusterAdmin: {allow: []string{"microsoft.containerservice/managedclusters/listclusteradmincredential/action", readCluster}},
	ClusterUser:  {allow: []string{"microsoft.containerservice/managedclusters/listclusterusercredential/action", readCluster}},
}

func (r role) permits(action string) bool {
	action = strings.ToLower(action)
	return matchesAny(r.allow, action) && !matchesAny(r.except, action)
}

func matchesAny(patterns []string, action string) bool {
	for _, p := range patterns {
		if matches(p, action) {
			return true
		}
	}
	return false
}

// matches compares with a pattern that holds at most one star.
func matches(pattern, action string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == action
	}
	return len(action) >= len(before)+len(after) && strings.HasPrefix(action, before) && strings.HasSuffix(action, after)
}
