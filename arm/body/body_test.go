package body

import (
	"strings"
	"testing"

	"lotse.dev/arm/fault"
)

var present = map[string]any{
	"state": "Succeeded", "profile": map[string]any{"enabled": true, "size": 3},
	"pools": []any{map[string]any{"name": "a", "image": "i1"}},
}

// read takes name, tags, profile{size}, pools[name, image read-only]; state is read-only; plan may be "free".
func read(o *Object) error {
	o.String("name")
	o.Map("tags")
	o.Int("count")
	o.ReadOnly("state")
	o.Fixed("plan", "", "free")
	o.Fixed("profile", "")
	for _, p := range o.Objects("pools", "name") {
		p.String("name")
		p.ReadOnly("image")
		_ = p.Finish()
	}
	return o.Finish()
}

func TestStrictReading(t *testing.T) {
	for sentence, c := range map[string]struct{ body, target string }{
		"an empty object is fine":                           {`{}`, ""},
		"nulls are as good as nothing":                      {`{"name":null,"state":null,"profile":null,"pools":null}`, ""},
		"names are free of case":                            {`{"NAME":"x","Tags":{"a":"b"}}`, ""},
		"names that differ in case only are one":            {`{"name":"x","Name":"y"}`, "name"},
		"an unknown property is refused by name":            {`{"nmae":"x"}`, "nmae"},
		"an unknown property inside is refused by its path": {`{"pools":[{"name":"a","nmae":1}]}`, "pools[0].nmae"},
		"a read-only property may be as it was read":        {`{"state":"succeeded"}`, ""},
		"a read-only property may not be something else":    {`{"state":"Failed"}`, "state"},
		"an item is compared with the one of its name":      {`{"pools":[{"name":"a","image":"i1"}]}`, ""},
		"an item of another name has no read-only values":   {`{"pools":[{"name":"b","image":"i1"}]}`, "pools[0].image"},
		"a default that is not implemented is fine":         {`{"plan":"Free"}`, ""},
		"another value of it is refused":                    {`{"plan":"paid"}`, "plan"},
		"an empty profile is fine":                          {`{"profile":{"a":{"b":null},"c":[]}}`, ""},
		"a profile as it was read is fine":                  {`{"profile":{"enabled":true}}`, ""},
		"a profile that asks for more is refused":           {`{"profile":{"enabled":true,"size":4}}`, "profile"},
		"a number is no string":                             {`{"name":1}`, "name"},
		"a fraction is no whole number":                     {`{"count":1.5}`, "count"},
		"a huge number is refused":                          {`{"count":99999999999}`, "count"},
		"an array is no object":                             {`{"tags":[]}`, "tags"},
	} {
		t.Run(sentence, func(t *testing.T) {
			o, err := Parse([]byte(c.body), present)
			if err == nil {
				err = read(o)
			}
			if err == nil && c.target != "" || err != nil && !strings.EqualFold(fault.Of(err).Target, c.target) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEveryFaultIsReported(t *testing.T) {
	o, _ := Parse([]byte(`{"x":1,"y":2,"state":"z"}`), present)
	if err := fault.Of(read(o)); len(err.Details) != 3 {
		t.Errorf("got %v", err.Details)
	}
}

func TestWhatIsNoJSONObjectIsMalformed(t *testing.T) {
	for _, body := range []string{"", "null", "[]", "{", "{} {}", `"x"`, strings.Repeat(`{"a":`, 1000)} {
		if _, err := Parse([]byte(body), nil); err == nil || fault.Of(err).Status() != 400 {
			t.Errorf("%.20q: got %v", body, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{}`, `{"name":"x"}`, `{"pools":[{"name":"a"},null]}`, `{"pools":[{"name":{"a":1}}]}`, `{"profile":[1,{"a":0}]}`, `[[[`} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, body string) {
		if o, err := Parse([]byte(body), present); err == nil {
			_ = read(o)
		}
	})
}
