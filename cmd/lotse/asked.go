package main

import (
	"context"
	"encoding/json"
	"reflect"

	"lotse.dev/client"
)

// asked is what the flags of a verb ask of a resource. A new resource gets the flags' defaults too; in one that exists only properties that were named
// change, because its other properties may have been set to something else since.
type asked struct {
	// given reports whether a flag was named.
	given func(flag string) bool
	// exists: the resource is there already.
	exists bool
}

// set adds the value of a flag to a request. A property that is left out has the server's default in a new resource, and stays as it is in one that exists.
func (a asked) set(to map[string]any, key, flag string, value any) {
	if a.given(flag) || !a.exists && !zero(value) {
		to[key] = value
	}
}

// zero values ask for nothing.
func zero(value any) bool {
	v := reflect.ValueOf(value)
	if k := v.Kind(); k == reflect.Map || k == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero()
}

// write reads a resource, and creates it or changes what body asks for; body gets nil for a resource that does not exist. A change of one
// that is deleted meanwhile is a conflict: it would make a new one of the few properties that were to change.
func write(ctx context.Context, c *client.Client, path string, body func(present json.RawMessage) (any, error)) (*client.Operation, error) {
	present, err := c.Get(ctx, path)
	absent := client.IsNotFound(err)
	if err != nil && !absent {
		return nil, err
	}
	request, err := body(present)
	if err != nil {
		return nil, err
	}
	if absent {
		return c.Put(ctx, path, request)
	}
	return c.PutIfMatch(ctx, path, "*", request)
}

// doing names an operation in its progress.
func doing(o *client.Operation, create, change string) string {
	if o.Created() {
		return create
	}
	return change
}
