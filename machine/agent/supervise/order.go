package supervise

import (
	"fmt"
	"slices"
	"strings"
)

// startOrder sorts units after those they depend on and keeps their order otherwise. Names that are missing, not unique or in a cycle are
// errors.
func startOrder(units []Unit) ([]Unit, error) {
	known := map[string]bool{}
	for _, u := range units {
		if known[u.Name] || u.Name == "" {
			return nil, fmt.Errorf("two units are named %q; give each its own name", u.Name)
		}
		known[u.Name] = true
	}
	for _, u := range units {
		for _, name := range u.After {
			if !known[name] {
				return nil, fmt.Errorf("%s waits for %q, which does not exist; name one of the configured processes", u.Name, name)
			}
		}
	}
	var ordered []Unit
	placed := map[string]bool{}
	for rest := slices.Clone(units); len(rest) > 0; {
		next := slices.IndexFunc(rest, func(u Unit) bool {
			return !slices.ContainsFunc(u.After, func(name string) bool { return !placed[name] })
		})
		if next < 0 {
			return nil, fmt.Errorf("these wait for each other in a cycle: %s; remove one of their dependencies", names(rest))
		}
		ordered, placed[rest[next].Name] = append(ordered, rest[next]), true
		rest = slices.Delete(rest, next, next+1)
	}
	return ordered, nil
}

func names(units []Unit) string {
	var all []string
	for _, u := range units {
		all = append(all, u.Name)
	}
	return strings.Join(all, ", ")
}
