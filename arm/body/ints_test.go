package body

import (
	"slices"
	"testing"
)

func TestInts(t *testing.T) {
	for body, want := range map[string][]int32{
		`{"a":[]}`: {}, `{"a":[0,23]}`: {0, 23}, `{"a":[-1]}`: {-1}, `{}`: nil, `{"a":null}`: nil,
		`{"a":1}`: nil, `{"a":["1"]}`: nil, `{"a":[1.5]}`: nil, `{"a":[null]}`: nil, `{"a":[99999999999]}`: nil,
	} {
		o, err := Parse([]byte(body), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := o.Ints("a")
		if ok != (want != nil) || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v", body, got, ok)
		}
		refused := want == nil && body != `{}` && body != `{"a":null}`
		if err := o.Finish(); (err != nil) != refused {
			t.Errorf("%s: the fault is %v", body, err)
		}
	}
}
