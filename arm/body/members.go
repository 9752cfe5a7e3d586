package body

import (
	"maps"
	"slices"
	"strings"
)

// Ignored takes properties that only the server sets, whatever their value: clients write back what they read some time ago, or under another
// name. What a write depends on stands in If-Match.
func (o *Object) Ignored(names ...string) {
	for _, name := range names {
		o.take(name)
	}
}

// Choice takes a string that must be one of the values, in any case, and returns it as they have it. The empty one counts as not sent. hint is
// the reason why there are no others, if there is one.
func (o *Object) Choice(name, hint string, values ...string) (string, bool) {
	sent, ok := o.String(name)
	if !ok {
		return "", false
	}
	for _, value := range values {
		if strings.EqualFold(sent, value) {
			return value, true
		}
	}
	if hint != "" {
		hint += "; "
	}
	o.refuse(name, "%s is not supported: %sleave it out or send %s", show(sent), hint, strings.Join(values, " or "))
	return "", false
}

// Member of an object whose property names are free, such as add-ons by their name.
type Member struct {
	Name string
	*Object
}

// Members takes an object of objects, ordered by name. A member that is null is left out. Each is read against the present one of its name.
func (o *Object) Members(name string) []Member {
	container := o.Object(name)
	if container == nil {
		return nil
	}
	var all []Member
	for _, member := range slices.Sorted(maps.Keys(container.fields)) {
		if object := container.Object(member); object != nil {
			all = append(all, Member{member, object})
		}
	}
	return all
}
