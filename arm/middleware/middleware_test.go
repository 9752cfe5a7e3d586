package middleware

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	clocktest "k8s.io/utils/clock/testing"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

func TestAPanicBecomesAnAnswer(t *testing.T) {
	h := Recover(slog.New(slog.DiscardHandler))(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("bug") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	var body fault.Body
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 500 || body.Error.Code != "InternalServerError" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestThrottle(t *testing.T) {
	clock := clocktest.NewFakeClock(time.Now())
	handle := Throttle(Rate{PerSecond: 1, Burst: 2}, clock)(func(http.ResponseWriter, *route.Request) error { return nil })
	call := func(from string) error {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = from
		return handle(httptest.NewRecorder(), &route.Request{Request: r})
	}
	for range 2 {
		if err := call("1.1.1.1:1"); err != nil {
			t.Fatalf("within the burst: %v", err)
		}
	}
	err := fault.Of(call("1.1.1.1:2"))
	if err.Status() != 429 || err.RetryAfter <= 0 {
		t.Errorf("beyond the burst: %v, after %v", err, err.RetryAfter)
	}
	if err := call("2.2.2.2:1"); err != nil {
		t.Errorf("another caller pays for the first: %v", err)
	}
	clock.SetTime(clock.Now().Add(2 * time.Second))
	if err := call("1.1.1.1:3"); err != nil {
		t.Errorf("after waiting: %v", err)
	}
}

func TestHarmfulIDsAreNotEchoed(t *testing.T) {
	h := RequestID(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("x-ms-client-request-id", "a\tb<script>")
	r.Header.Set("x-ms-correlation-request-id", "{}")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Header().Get("x-ms-client-request-id") != "" || w.Header().Get("x-ms-correlation-request-id") == "{}" {
		t.Errorf("got %v", w.Header())
	}
}
