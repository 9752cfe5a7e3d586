package main

import (
	"reflect"
	"testing"
)

func TestAsked(t *testing.T) {
	type flags struct {
		count  int
		size   string
		labels map[string]string
		taints []string
	}
	defaults := flags{count: 1}
	for sentence, c := range map[string]struct {
		given  []string
		exists bool
		values flags
		want   map[string]any
	}{
		"a new resource gets the defaults, and no empty values": {nil, false, defaults, map[string]any{"count": 1}},
		"a new resource gets what was given, zero too":          {[]string{"count"}, false, flags{}, map[string]any{"count": 0}},
		"one that exists keeps what was not named":              {nil, true, defaults, map[string]any{}},
		"one that exists gets what was named": {
			[]string{"size"}, true, flags{count: 1, size: "s"}, map[string]any{"size": "s"},
		},
		"taints can be taken away": {
			[]string{"taints"}, true, flags{taints: []string{}}, map[string]any{"taints": []string{}},
		},
		"labels that were named replace the others": {
			[]string{"labels"}, true, flags{labels: map[string]string{"a": "b"}}, map[string]any{"labels": map[string]string{"a": "b"}},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			named := map[string]bool{}
			for _, flag := range c.given {
				named[flag] = true
			}
			a, got := asked{given: func(flag string) bool { return named[flag] }, exists: c.exists}, map[string]any{}
			a.set(got, "count", "count", c.values.count)
			a.set(got, "size", "size", c.values.size)
			a.set(got, "labels", "labels", c.values.labels)
			a.set(got, "taints", "taints", c.values.taints)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
