package body

import (
	"fmt"
	"strings"
	"testing"

	"lotse.dev/arm/fault"
)

// readMembers takes mode, which is Fast or Slow, a time that the server sets, and addons of which each has a size.
func readMembers(o *Object) (seen string, err error) {
	o.Ignored("time")
	mode, _ := o.Choice("mode", "there is one engine", "Fast", "Slow")
	seen = mode
	for _, m := range o.Members("addons") {
		size, _ := m.Int("size")
		seen += fmt.Sprintf(" %s=%d", m.Name, size)
		_ = m.Finish()
	}
	return seen, o.Finish()
}

func TestMembersAndChoices(t *testing.T) {
	for sentence, c := range map[string]struct{ body, seen, target, message string }{
		"nothing is sent":                                {`{}`, "", "", ""},
		"what only the server sets is ignored":           {`{"time":{"a":[1]}}`, "", "", ""},
		"a choice is free of case":                       {`{"mode":"FAST"}`, "Fast", "", ""},
		"an empty choice is none":                        {`{"mode":""}`, "", "", ""},
		"another choice is refused with those there are": {`{"mode":"odd"}`, "", "mode", `"odd" is not supported: there is one engine; leave it out or send Fast or Slow`},
		"a choice is a string":                           {`{"mode":7}`, "", "mode", "must be a string"},
		"members come by name":                           {`{"addons":{"b":{"size":2},"a":{"size":1}}}`, " a=1 b=2", "", ""},
		"a member that is null is none":                  {`{"addons":{"a":null}}`, "", "", ""},
		"a member is an object":                          {`{"addons":{"a":true}}`, "", "addons.a", "must be an object"},
		"members that differ in case only are one":       {`{"addons":{"a":{},"A":{}}}`, "", "addons.a", "differ only in case"},
		"an unknown property of a member has its path":   {`{"addons":{"a":{"colour":"red"}}}`, "", "addons.a.colour", "no such property"},
		"an array has no members":                        {`{"addons":[]}`, "", "addons", "must be an object"},
	} {
		t.Run(sentence, func(t *testing.T) {
			o, err := Parse([]byte(c.body), present)
			if err != nil {
				t.Fatal(err)
			}
			seen, err := readMembers(o)
			if (err == nil) != (c.target == "") || err != nil && (!strings.EqualFold(fault.Of(err).Target, c.target) || !strings.Contains(err.Error(), c.message)) {
				t.Fatalf("got %v", err)
			}
			if err == nil && seen != c.seen {
				t.Errorf("got %q, want %q", seen, c.seen)
			}
		})
	}
}
