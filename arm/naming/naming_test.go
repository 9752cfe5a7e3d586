package naming

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNames(t *testing.T) {
	pool := func(n string) error { return Pool(n, "name") }
	for sentence, c := range map[string]struct {
		check func(string) error
		name  string
		want  bool
	}{
		"a group may have letters of any script":   {Group, "Gruppe_(ä)-1.b", true},
		"a group may not end in a period":          {Group, "rg.", false},
		"a group may have 90 characters":           {Group, strings.Repeat("a", 90), true},
		"a group may not have 91 characters":       {Group, strings.Repeat("a", 91), false},
		"a group has a name":                       {Group, "", false},
		"a group may not have a slash":             {Group, "a/b", false},
		"a node group may not have 81 characters":  {NodeGroup, strings.Repeat("a", 81), false},
		"a cluster may have one character":         {Cluster, "c", true},
		"a cluster may have 63 characters":         {Cluster, strings.Repeat("c", 63), true},
		"a cluster may not have 64 characters":     {Cluster, strings.Repeat("c", 64), false},
		"a cluster may not end in a hyphen":        {Cluster, "c-", false},
		"a cluster may not have a line break":      {Cluster, "c\n", false},
		"a pool is lower case":                     {pool, "Pool1", false},
		"a pool begins with a letter":              {pool, "1pool", false},
		"a pool may have 12 characters":            {pool, "nodepool1234", true},
		"a pool may not have 13 characters":        {pool, "nodepool12345", false},
		"a DNS prefix may have hyphens inside":     {DNSPrefix, "c1-rg1-11111", true},
		"a DNS prefix may not begin with a hyphen": {DNSPrefix, "-c1", false},
		"a DNS prefix may not have 55 characters":  {DNSPrefix, strings.Repeat("c", 55), false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if err := c.check(c.name); (err == nil) != c.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTags(t *testing.T) {
	many := map[string]string{}
	for i := range 51 {
		many[strings.Repeat("k", i+1)] = ""
	}
	for sentence, c := range map[string]struct {
		tags map[string]string
		want bool
	}{
		"no tags are fine":                      {nil, true},
		"an empty value is fine":                {map[string]string{"a": ""}, true},
		"51 tags are too many":                  {many, false},
		"a key of 513 characters is too long":   {map[string]string{strings.Repeat("k", 513): ""}, false},
		"a value of 257 characters is too long": {map[string]string{"a": strings.Repeat("v", 257)}, false},
		"keys that differ in case are one key":  {map[string]string{"a": "", "A": ""}, false},
		"aks-managed- is kept for the service":  {map[string]string{"aks-managed-x": ""}, false},
		"a key has no slash":                    {map[string]string{"a/b": ""}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if err := Tags(c.tags, "tags"); (err == nil) != c.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzGroup(f *testing.F) {
	for _, seed := range []string{"rg1", "", ".", "a\x00", "\xff", strings.Repeat("ä", 91)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if Group(name) == nil && strings.ContainsAny(name, "/\x00\n ") {
			t.Errorf("%q was accepted", name)
		}
	})
}

// FuzzNames accepts only names that can stand in a path, and that name the same resource in any case.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"c1", "a-_b", "np1", "", "-", "a\n", "\u212a", "a.b", strings.Repeat("a", 64)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if Cluster(name) == nil && (url.PathEscape(name) != name || len(name) > 63) {
			t.Errorf("the cluster's name %q was accepted", name)
		}
		if Pool(name, "x") == nil && (strings.ToLower(name) != name || len(name) > 12) {
			t.Errorf("the pool's name %q was accepted", name)
		}
		if DNSPrefix(name) == nil && (strings.ContainsAny(name, "._ ") || len(name) > 54) {
			t.Errorf("the DNS prefix %q was accepted", name)
		}
		if GUID(name) && len(name) != 36 {
			t.Errorf("the GUID %q was accepted", name)
		}
		if NodeGroup(name) == nil && Group(name) != nil {
			t.Errorf("the node group's name %q was accepted", name)
		}
		if l := Location(name); Location(l) != l {
			t.Errorf("the location %q is not one", name)
		}
	})
}

// FuzzTags accepts only tags that ARM would.
func FuzzTags(f *testing.F) {
	f.Add("env", "prod", "ENV")
	f.Add("", "", "aks-managed-x")
	f.Add("a%", strings.Repeat("v", 257), "\x00")
	f.Add("\u0130", "", "i\u0307")
	f.Fuzz(func(t *testing.T, key, value, other string) {
		if Tags(map[string]string{key: value, other: value}, "tags") != nil {
			return
		}
		if key != other && strings.EqualFold(key, other) && strings.ToLower(key) == strings.ToLower(other) { //nolint:staticcheck // SA6005: the two are not the same
			t.Errorf("%q and %q are two", key, other)
		}
		if key == "" || strings.ContainsAny(key, "<>%&\\?/\x00\n") || utf8.RuneCountInString(value) > 256 {
			t.Errorf("%q=%q was accepted", key, value)
		}
	})
}
