package containerservice

import "strings"

// action is one line of the list of things that roles can allow.
type action struct {
	Name    string        `json:"name"`
	Origin  string        `json:"origin"`
	Display actionDisplay `json:"display"`
}

type actionDisplay struct {
	Provider    string `json:"provider"`
	Resource    string `json:"resource"`
	Operation   string `json:"operation"`
	Description string `json:"description"`
}

// actionOf describes an action by its own name: provider/type/…/verb.
func actionOf(name string) action {
	provider, rest, _ := strings.Cut(name, "/")
	resource, verb := rest, ""
	if i := strings.LastIndex(strings.TrimSuffix(rest, "/action"), "/"); i >= 0 {
		resource, verb = rest[:i], strings.TrimSuffix(rest[i+1:], "/action")
	}
	return action{Name: name, Origin: "user,system", Display: actionDisplay{provider, resource, verb, verb + " of " + resource}}
}
