package body

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ReadOnly takes properties that cannot change: they must be missing or as the present answer has them.
func (o *Object) ReadOnly(names ...string) {
	for _, name := range names {
		value, ok := o.take(name)
		if !ok || empty(value) {
			continue
		}
		if present := o.now(name); !alike(value, present) {
			o.refuse(name, "it is read-only and is %s here, not %s; leave it out, or send it as it was read", show(present), show(value))
		}
	}
}

// Fixed takes a property that Lotse knows and does not implement: it may be missing, empty, as the present answer has it, or one of the
// values that mean what Lotse does anyway. hint, if there is one, says what to do instead.
func (o *Object) Fixed(name, hint string, accepted ...any) {
	value, ok := o.take(name)
	if !ok || empty(value) || alike(value, o.now(name)) {
		return
	}
	for _, a := range accepted {
		if alike(value, a) {
			return
		}
	}
	const leave = "leave it out"
	if hint == "" {
		hint = "Lotse does not implement it; " + leave
	}
	if len(accepted) > 0 {
		hint = strings.TrimSuffix(hint, "; "+leave) + "; " + leave + " or send " + show(accepted[0])
	}
	o.refuse(name, "%s is not supported: %s", show(value), hint)
}

// empty values ask for nothing: null, "", false, 0, and objects and arrays of such values.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		f, err := v.Float64()
		return err == nil && f == 0
	case map[string]any:
		for _, inner := range v {
			if !empty(inner) {
				return false
			}
		}
		return true
	case []any:
		return len(v) == 0
	}
	return false
}

// alike compares a value that was sent with the present one: the case of strings does not count, and an object need not name all properties.
func alike(sent, present any) bool {
	switch s := sent.(type) {
	case map[string]any:
		return alikeObjects(s, present)
	case []any:
		return alikeArrays(s, present)
	case string:
		other, ok := present.(string)
		return ok && strings.EqualFold(s, other)
	case bool:
		return s == present
	case json.Number:
		return s.String() == fmt.Sprint(present)
	}
	return sent == nil && present == nil
}

func alikeObjects(sent map[string]any, present any) bool {
	object, ok := present.(map[string]any)
	if !ok {
		return false
	}
	for name, value := range sent {
		other, known := object[name]
		if empty(value) && (!known || empty(other) || value == nil) {
			continue
		}
		if !alike(value, other) {
			return false
		}
	}
	return true
}

func alikeArrays(sent []any, present any) bool {
	array, ok := present.([]any)
	if !ok || len(array) != len(sent) {
		return false
	}
	for i := range sent {
		if !alike(sent[i], array[i]) {
			return false
		}
	}
	return true
}

// show a value in a message, cut short.
func show(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return "this"
	}
	if s := []rune(string(data)); len(s) > 80 {
		return string(s[:77]) + "..."
	}
	return string(data)
}

// Always takes a property that has one value here. Unlike with Fixed, an empty value such as false is refused too.
func (o *Object) Always(name string, value any, why string) {
	if sent, ok := o.take(name); ok && !alike(sent, value) {
		o.refuse(name, "%s is not supported: %s", show(sent), why)
	}
}

// Sent reports whether a property was sent and is not null; it may be empty.
func (o *Object) Sent(name string) bool {
	_, ok := o.take(name)
	return ok
}
