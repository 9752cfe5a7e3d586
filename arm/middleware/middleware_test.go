package middleware

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	clocktest "k8s.io/utils/clock/testing"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
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
	slow := Rate{PerSecond: 1, Burst: 2}
	handle := Throttle(Rates{Read: slow, Write: slow, Delete: slow}, clock)(func(http.ResponseWriter, *route.Request) error { return nil })
	call := func(method, from, principal string) (*httptest.ResponseRecorder, error) {
		r, w := httptest.NewRequest(method, "/", nil), httptest.NewRecorder()
		r.RemoteAddr = from
		return w, handle(w, &route.Request{Request: r, Caller: identity.Identity{Principal: principal}})
	}
	for left := 1; left >= 0; left-- {
		w, err := call("GET", "1.1.1.1:1", "")
		if err != nil || w.Header().Get("x-ms-ratelimit-remaining-subscription-reads") != strconv.Itoa(left) {
			t.Fatalf("within the burst: %v %v", err, w.Header())
		}
	}
	_, err := call("GET", "1.1.1.1:2", "")
	if e := fault.Of(err); e.Status() != 429 || e.Detail().Code != "Throttled" || e.RetryAfter <= 0 || e.RetryAfter > time.Second {
		t.Errorf("beyond the burst: %v, after %v", e, e.RetryAfter)
	}
	for sentence, c := range map[string]struct{ method, from, principal string }{
		"another caller pays for the first":            {"GET", "2.2.2.2:1", ""},
		"a named caller pays for its address":          {"GET", "1.1.1.1:1", "anna"},
		"a caller who reads too much cannot write":     {"PUT", "1.1.1.1:1", ""},
		"a caller who reads too much cannot delete":    {"DELETE", "1.1.1.1:1", ""},
		"another IPv6 network pays for the first":      {"GET", "[2001:db8:1::1]:1", ""},
		"another named caller pays for the first":      {"GET", "1.1.1.1:1", "bert"},
		"a caller without a port has no bucket at all": {"GET", "pipe", ""},
	} {
		if _, err := call(c.method, c.from, c.principal); err != nil {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	clock.SetTime(clock.Now().Add(2 * time.Second))
	if _, err := call("GET", "1.1.1.1:3", ""); err != nil {
		t.Errorf("after waiting: %v", err)
	}
}

func TestRated(t *testing.T) {
	clock := clocktest.NewFakeClock(time.Now())
	handle := Rated(Rate{PerSecond: 1, Burst: 2}, clock)(func(http.ResponseWriter, *route.Request) error { return nil })
	call := func(principal string) error {
		return handle(httptest.NewRecorder(), &route.Request{Request: httptest.NewRequest("GET", "/", nil), Caller: identity.Identity{Principal: principal}})
	}
	for range 2 {
		if err := call("anna"); err != nil {
			t.Fatalf("within the burst: %v", err)
		}
	}
	if err := call("anna"); err == nil || fault.Of(err).Kind != fault.Throttled || fault.Of(err).RetryAfter <= 0 {
		t.Errorf("beyond the burst: %v", err)
	}
	if err := call("bert"); err != nil {
		t.Errorf("another caller pays: %v", err)
	}
}

func TestAFloodFromManyAddressesCostsNoMemory(t *testing.T) {
	b := newBuckets(Rate{PerSecond: 1, Burst: 1}, clocktest.NewFakeClock(time.Now()))
	for i := range 3 * maxCallers {
		b.take(strconv.Itoa(i))
	}
	if n := b.callers.Len(); n != maxCallers {
		t.Errorf("%d callers are remembered", n)
	}
	if _, wait := b.take(strconv.Itoa(3*maxCallers - 1)); wait == 0 {
		t.Error("the last caller was forgotten")
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

// TestNobodyElseIsTheService: by its correlation ID a schedule's own request is told from a person's.
func TestNobodyElseIsTheService(t *testing.T) {
	for sent, kept := range map[string]bool{
		"power-schedule.stop.2026-11-27T19:00:00Z": false, "Power-Schedule.x": false, "power-schedule": true, "auto-upgrade.1.37.2": false, "my-power-schedule.stop": true,
	} {
		seen := ""
		h := RequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = CorrelationID(r.Context()) }))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("x-ms-correlation-request-id", sent)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if (seen == sent) != kept || seen == "" || w.Header().Get("x-ms-correlation-request-id") != seen {
			t.Errorf("%s became %s", sent, seen)
		}
	}
}
