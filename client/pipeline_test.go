package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
)

func TestAskedToRetry(t *testing.T) {
	answerTo := func(method string, status int, after string) *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {after}}, Request: &http.Request{Method: method}}
	}
	answer := func(status int, after string) *http.Response { return answerTo(http.MethodPut, status, after) }
	for sentence, tt := range map[string]struct {
		response *http.Response
		err      error
		want     bool
	}{
		"a throttled request is repeated":                                {answer(429, "1"), nil, true},
		"a request that came while the store was away is repeated":       {answer(503, "1"), nil, true},
		"a POST that may have had its effect is not repeated":            {answerTo(http.MethodPost, 503, "1"), nil, false},
		"a throttled POST had no effect and is repeated":                 {answerTo(http.MethodPost, 429, "1"), nil, true},
		"a refusal that does not say when to come again is final":        {answer(503, ""), nil, false},
		"an operation that asks for a pause between polls is no refusal": {answer(200, "1"), nil, false},
		"a conflict is for the caller to solve":                          {answer(409, "1"), nil, false},
		"a front door that does not answer is not asked again":           {nil, errors.New("connection refused"), false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := askedToRetry(tt.response, tt.err); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestThrottledRequests(t *testing.T) {
	for sentence, tt := range map[string]struct {
		throttled int
		after     string // milliseconds
		tries     int
		good      bool
	}{
		"a throttled request is sent again with its body":           {2, "1", 3, true},
		"a request that is throttled again and again is given up":   {100, "1", 1 + maxRetries, false},
		"a pause that is longer than the client's patience is none": {1, "60000", 1, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			tries := 0
			c, _ := frontDoor(t, map[string]http.HandlerFunc{
				"PUT /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, r *http.Request) {
					if body, _ := io.ReadAll(r.Body); string(body) != `{"location":"local"}` {
						t.Errorf("try %d has the body %s", tries, body)
					}
					if tries++; tries <= tt.throttled {
						w.Header().Set("Retry-After", "1")
						w.Header().Set("Retry-After-Ms", tt.after) // azcore prefers it; a test has no second to lose
						w.WriteHeader(http.StatusTooManyRequests)
						fmt.Fprint(w, `{"error":{"code":"Throttled","message":"too many"}}`)
						return
					}
					fmt.Fprint(w, `{"name":"g"}`)
				},
			})
			_, err := c.Put(t.Context(), c.GroupPath("g"), map[string]string{"location": "local"})
			if tries != tt.tries || (err == nil) != tt.good || err != nil && err.Error() != "too many (Throttled)" {
				t.Errorf("%d tries, error %v", tries, err)
			}
		})
	}
}
