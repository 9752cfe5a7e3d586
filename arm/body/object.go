package body

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lotse.dev/arm/fault"
)

// Object is a JSON object that is being read. A nil Object has no properties. Faults are collected, so that the answer has all of them.
type Object struct {
	path    string
	fields  map[string]any
	names   map[string]string // lower-case name to the name that was sent
	present map[string]any
	taken   map[string]bool
	faults  *faults
}

func newObject(path string, fields, present map[string]any, found *faults) *Object {
	o := &Object{path: path, fields: fields, names: map[string]string{}, present: present, taken: map[string]bool{}, faults: found}
	for name := range fields {
		if other, twice := o.names[strings.ToLower(name)]; twice {
			o.refuse(name, "properties %s and %s differ only in case, which does not count", other, name)
		}
		o.names[strings.ToLower(name)] = name
	}
	return o
}

// Path of a property from the body's root.
func (o *Object) Path(name string) string {
	if name == "" {
		return o.path
	}
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// take the value of a property; names are free of case, as ARM's are. A null counts as not sent.
func (o *Object) take(name string) (any, bool) {
	if o == nil {
		return nil, false
	}
	sent, ok := o.names[strings.ToLower(name)]
	if !ok {
		return nil, false
	}
	o.taken[sent] = true
	value := o.fields[sent]
	return value, value != nil
}

func (o *Object) refuse(name, format string, args ...any) {
	if o.faults.full() {
		return
	}
	target := o.Path(name)
	o.faults.add(fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: %s.", target, fmt.Sprintf(format, args...)).At(target))
}

// Fail records a fault that the reader found.
func (o *Object) Fail(err error) {
	if err != nil && !o.faults.full() {
		o.faults.add(fault.Of(err))
	}
}

// String takes a string; the empty one means the default, as for ARM, and counts as not sent.
func (o *Object) String(name string) (string, bool) {
	value, ok := o.take(name)
	if !ok {
		return "", false
	}
	s, isString := value.(string)
	if !isString {
		o.refuse(name, "it must be a string")
	}
	return s, isString && s != ""
}

// Int takes a whole number.
func (o *Object) Int(name string) (int32, bool) {
	value, ok := o.take(name)
	if !ok {
		return 0, false
	}
	number, isNumber := value.(json.Number)
	n, err := number.Int64()
	if !isNumber || err != nil || n != int64(int32(n)) {
		o.refuse(name, "it must be a whole number")
		return 0, false
	}
	return int32(n), true
}

// Bool takes true or false.
func (o *Object) Bool(name string) (value, ok bool) {
	sent, ok := o.take(name)
	if !ok {
		return false, false
	}
	if value, ok = sent.(bool); !ok {
		o.refuse(name, "it must be true or false")
	}
	return value, ok
}

// Map takes an object of strings, such as tags; null values are left out.
func (o *Object) Map(name string) (map[string]string, bool) {
	value, ok := o.take(name)
	if !ok {
		return nil, false
	}
	object, isObject := value.(map[string]any)
	if !isObject {
		o.refuse(name, "it must be an object of strings")
		return nil, false
	}
	m := map[string]string{}
	for key, v := range object {
		s, isString := v.(string)
		switch {
		case isString:
			m[key] = s
		case v != nil:
			o.refuse(name, "the value of %q must be a string", key)
		}
	}
	return m, true
}

// Strings takes an array of strings.
func (o *Object) Strings(name string) ([]string, bool) {
	value, ok := o.take(name)
	if !ok {
		return nil, false
	}
	array, isArray := value.([]any)
	all := []string{}
	for _, v := range array {
		s, isString := v.(string)
		isArray = isArray && isString
		all = append(all, s)
	}
	if !isArray {
		o.refuse(name, "it must be an array of strings")
		return nil, false
	}
	return all, true
}

// Object takes an object; nil if there is none.
func (o *Object) Object(name string) *Object {
	value, ok := o.take(name)
	if !ok {
		return nil
	}
	fields, isObject := value.(map[string]any)
	if !isObject {
		o.refuse(name, "it must be an object")
		return nil
	}
	present, _ := o.now(name).(map[string]any)
	return newObject(o.Path(name), fields, present, o.faults)
}

// Objects takes an array of objects. Each is read against the present one with the same value of key.
func (o *Object) Objects(name, key string) []*Object {
	value, ok := o.take(name)
	if !ok {
		return nil
	}
	array, isArray := value.([]any)
	if !isArray {
		o.refuse(name, "it must be an array of objects")
		return nil
	}
	present, _ := o.now(name).([]any)
	var all []*Object
	for i, v := range array {
		item := fmt.Sprintf("%s[%d]", name, i)
		fields, isObject := v.(map[string]any)
		if !isObject {
			o.refuse(item, "it must be an object")
			continue
		}
		all = append(all, newObject(o.Path(item), fields, sameKey(present, key, fields[key]), o.faults))
	}
	return all
}

func sameKey(items []any, key string, value any) map[string]any {
	i := slices.IndexFunc(items, func(item any) bool {
		object, ok := item.(map[string]any)
		return ok && alike(value, object[key])
	})
	if i < 0 {
		return nil
	}
	return items[i].(map[string]any)
}

// now is the present answer's value of a property.
func (o *Object) now(name string) any {
	for key, value := range o.present {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

// Finish refuses every property that was not taken and returns the collected faults, if there are any. It is called on each object that
// was read, the outermost last.
func (o *Object) Finish() error {
	if o == nil {
		return nil
	}
	var unknown []string
	for name := range o.fields {
		if !o.taken[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		o.refuse(name, "there is no such property here")
		o.taken[name] = true
	}
	return o.faults.joined()
}
