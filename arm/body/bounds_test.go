package body

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"lotse.dev/arm/fault"
)

// allocated is how many bytes parsing a body takes.
func allocated(t *testing.T, body string) (bytes uint64, err error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = Parse([]byte(body), nil)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

// nested is an array of so many items below 60 long names.
func nested(items int) string {
	name := strings.Repeat("n", maxName)
	return strings.Repeat(`{"`+name+`":`, 60) + "[" + strings.TrimSuffix(strings.Repeat("0,", items), ",") + "]" + strings.Repeat("}", 60)
}

func TestTheCostOfABodyIsBoundedByItsLength(t *testing.T) {
	few, err := allocated(t, nested(100))
	if err != nil {
		t.Fatal(err)
	}
	many, err := allocated(t, nested(maxValues-100))
	if err != nil {
		t.Fatal(err)
	}
	if more := many - few; more > 64*maxValues*4 { // the path of each item alone would take 60 KB
		t.Errorf("%d values more take %d bytes", maxValues-200, more)
	}
}

func TestBoundsOfABody(t *testing.T) {
	long := strings.Repeat("n", maxName+1)
	for sentence, c := range map[string]struct{ body, message string }{
		"a long name above many items, as in the attack": {`{"` + strings.Repeat("n", 200_000) + `":[` + strings.Repeat("0,", 90_000) + `0]}`, "name of more than"},
		"a long name inside is refused at its place":     {`{"a":[{"` + long + `":1}]}`, "property of a[0] has a name"},
		"too many items":        {`{"a":[` + strings.Repeat("0,", maxValues) + `0]}`, "more than 20000 values"},
		"too many properties":   {"{" + properties(maxValues+1) + "}", "more than 20000 values"},
		"too many empty arrays": {`{"a":[` + strings.Repeat("[],", maxValues) + `[]]}`, "more than 20000 values"},
		"too deep":              {strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1), "too deeply"},
		"a property that is there twice, by its path": {`{"a":[1,{"b":{"c":1,"c":2}}]}`, "the property a[1].b.c is there twice"},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := Parse([]byte(c.body), nil)
			if err == nil || fault.Of(err).Kind != fault.InvalidRequestContent || !strings.Contains(err.Error(), c.message) {
				t.Fatalf("got %.300v", err)
			}
			if len(err.Error()) > 3000 {
				t.Errorf("the answer has %d bytes", len(err.Error()))
			}
		})
	}
}

func properties(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"p%d":0`, i)
	}
	return b.String()[1:]
}

func TestReportedFaultsAreBounded(t *testing.T) {
	o, err := Parse([]byte("{"+properties(maxValues-10)+"}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	e := fault.Of(o.Finish())
	last := e.Details[len(e.Details)-1]
	if len(e.Details) != maxFaults+1 || !strings.Contains(last.Message, fmt.Sprint(maxValues-10-maxFaults, " more properties")) {
		t.Errorf("%d details, the last %v", len(e.Details), last)
	}
}

func TestAnAnswerDoesNotRepeatALongValue(t *testing.T) {
	e := fault.New(fault.InvalidParameter, "The kind '%s' is unknown.", strings.Repeat("ä", 1<<20)).At(strings.Repeat("ä", 1<<20))
	if len(e.Message) > 2048 || len(e.Target) > 512 || !strings.HasSuffix(e.Message, "…") || strings.ContainsRune(e.Target, '\ufffd') {
		t.Errorf("%d bytes of message, %d of target", len(e.Message), len(e.Target))
	}
}
