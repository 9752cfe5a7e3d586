package fault

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestJoin(t *testing.T) {
	many := make([]*Error, 90)
	for i := range many {
		many[i] = New(InvalidParameter, "Property p%02d is wrong: %s.", i, strings.Repeat("x", 100)).At(fmt.Sprintf("p%02d", i))
	}
	a, b := New(InvalidParameter, "A is wrong.").At("a"), New(InvalidTag, "B is wrong.").At("b")
	for sentence, c := range map[string]struct {
		faults  []*Error
		message string
		details int
	}{
		"one fault is itself":                    {[]*Error{a}, "A is wrong.", 0},
		"the message names all of several":       {[]*Error{a, b}, "A is wrong. B is wrong.", 2},
		"a message that is there twice is once":  {[]*Error{a, b, a}, "A is wrong. B is wrong.", 3},
		"a long message names how many it omits": {many, "There are 74 more faults; see the details.", 90},
	} {
		t.Run(sentence, func(t *testing.T) {
			e := Of(Join(c.faults))
			if !strings.HasSuffix(e.Message, c.message) || len(e.Message) > messageLength+100 || len(e.Details) != c.details {
				t.Errorf("got %d details and %q", len(e.Details), e.Message)
			}
			if e.Target != c.faults[0].Target || e.Kind != c.faults[0].Kind {
				t.Errorf("it is not the first fault's: %s at %s", e.Kind, e.Target)
			}
		})
	}
	if err := Join(nil); err != nil {
		t.Errorf("no faults are %v", err)
	}
	if a.Message != "A is wrong." || a.Details != nil {
		t.Error("joining changed a fault")
	}
}

func TestRetryAfter(t *testing.T) {
	for sentence, c := range map[string]struct {
		err  error
		want string
	}{
		"the time of the error":            {New(OperationNotAllowed, "busy").After(1500 * time.Millisecond), "2"},
		"a group that is being deleted":    {New(ResourceGroupBeingDeleted, "going"), "5"},
		"a service that is not there":      {New(ServiceUnavailable, "down"), "5"},
		"too many requests":                {New(Throttled, "slowly"), "1"},
		"a longer wait is not shortened":   {New(Throttled, "slowly").After(9 * time.Second), "9"},
		"what the caller must change":      {New(InvalidParameter, "wrong"), ""},
		"a conflict that needs the caller": {New(QuotaExceeded, "too many"), ""},
		"an unexpected error":              {errors.New("x"), ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := httptest.NewRecorder()
			Write(w, c.err)
			if got := w.Header().Get("Retry-After"); got != c.want {
				t.Errorf("Retry-After is %q, want %q", got, c.want)
			}
		})
	}
	for kind, status := range statuses {
		if (status == 429 || status == 503 || status == 504) && passing[kind] == 0 {
			t.Errorf("%s is %d and has no Retry-After", kind, status)
		}
	}
}
