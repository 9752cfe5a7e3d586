package operation

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

func TestEndpoints(t *testing.T) {
	signer := NewSigner([]byte("key"))
	done, failed := v1alpha1.Operation{Generation: 1, State: v1alpha1.Succeeded}, v1alpha1.Operation{Generation: 1, State: v1alpha1.Failed}
	failed.Error = &v1alpha1.OperationError{Code: "Broken", Message: "it broke"}
	write, remove, foreign := ID{"mc", "c1-x", "aa", 1, false, false}, ID{"mc", "c1-x", "aa", 2, true, false}, ID{"rg", "g-x", "aa", 1, false, false}
	shown := func(o v1alpha1.Tracked) Subject {
		return Subject{Object: o, ResourceID: "/c1", Body: func() any { return map[string]string{"name": "c1"} }}
	}
	hidden := shown(object(1, false))
	hidden.Hidden = true
	for sentence, c := range map[string]struct {
		id      string
		subject Subject
		// status and result are the beginnings of the answers, or the codes of the errors.
		status, result string
	}{
		"an operation in progress":           {signer.Sign("s", write), shown(object(1, false)), `200 {"id":"/subscriptions/s/providers/P/locations/l/operations/mc.`, "202 "},
		"an operation that succeeded":        {signer.Sign("s", write), shown(object(1, false, done)), "200 ", `200 {"name":"c1"}`},
		"an operation that failed":           {signer.Sign("s", write), shown(object(1, false, failed)), "200 ", "Broken"},
		"a delete of an object that is gone": {signer.Sign("s", remove), Subject{}, "200 ", "204 "},
		"a write that a delete preempted":    {signer.Sign("s", write), Subject{}, "200 ", "AKSOperationPreemptedByDelete"},
		"an ID that was not given out":       {write.String() + ".00", shown(object(1, false)), "OperationNotFound", "OperationNotFound"},
		"another resource provider's":        {signer.Sign("s", foreign), shown(object(1, false)), "OperationNotFound", "OperationNotFound"},
		"a resource that may not be read":    {signer.Sign("s", write), hidden, "OperationNotFound", "OperationNotFound"},
	} {
		t.Run(sentence, func(t *testing.T) {
			e := Endpoints{Signer: signer, URLs: func(r *route.Request) URLs { return NewURLs(signer, r.Base(), "s", "P", "l", "2025-02-01") },
				Find: func(_ *route.Request, id ID) (Subject, bool, error) { return c.subject, id.Kind == "mc", nil }}
			for want, handle := range map[string]route.Handler{c.status: e.Status, c.result: e.Result} {
				if got := ask(handle, c.id); !strings.HasPrefix(got, want) {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
}

// ask and show the answer as its status and body, or the code of its error.
func ask(handle route.Handler, id string) string {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	request := &route.Request{Request: r, Match: route.Match{Params: map[string]string{"subscription": "s", "operation": id, "location": "l"}}}
	if err := handle(w, request); err != nil {
		return fault.Of(err).Detail().Code
	}
	if (w.Code == http.StatusAccepted) != (w.Header().Get("Location") != "") {
		return "a Location without 202, or none with it"
	}
	return fmt.Sprint(w.Code, " ", w.Body)
}
