package middleware

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	clocktest "k8s.io/utils/clock/testing"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

func form(body io.Reader, from string) (*httptest.ResponseRecorder, *route.Request) {
	r := httptest.NewRequest("POST", "/v2/token", body)
	r.RemoteAddr = from + ":1"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return httptest.NewRecorder(), &route.Request{Request: r, Match: route.Match{Route: route.Route{LogIn: true}}}
}

func TestFormsOfLogInsAreSmall(t *testing.T) {
	handle := Forms(clocktest.NewFakeClock(time.Now()))(func(w http.ResponseWriter, r *route.Request) error {
		return route.JSON(w, http.StatusOK, r.PostForm.Get("a"))
	})
	for sentence, c := range map[string]struct {
		body io.Reader
		want int
	}{
		"a form is read": {strings.NewReader("a=b"), 200},
		"one with too large a Content-Length is refused": {strings.NewReader("a=" + strings.Repeat("b", maxForm)), 413},
		"one without a Content-Length is refused too":    {io.MultiReader(strings.NewReader("a="), strings.NewReader(strings.Repeat("b", maxForm))), 413},
		"what is no form is refused":                     {strings.NewReader("%"), 400},
		"a form of 10 MB is not even begun to be read":   {unread{}, 413},
	} {
		t.Run(sentence, func(t *testing.T) {
			w, r := form(c.body, "1.1.1.1")
			if _, large := c.body.(unread); large {
				r.ContentLength = 10 << 20
			}
			if err := handle(w, r); err != nil || w.Code != c.want {
				t.Errorf("got %d %s, %v", w.Code, w.Body, err)
			}
		})
	}
}

// unread fails when it is read.
type unread struct{}

func (unread) Read([]byte) (int, error) { panic("the body is read") }

func TestHalfSentFormsOfOneAddressAreFew(t *testing.T) {
	clock := clocktest.NewFakeClock(time.Now())
	handle := Forms(clock)(func(w http.ResponseWriter, _ *route.Request) error { return route.JSON(w, http.StatusOK, nil) })
	entered, end, all := make(chan struct{}), make(chan struct{}), make(chan int)
	for range formsFrom {
		go func() {
			w, r := form(&held{entered: entered, end: end}, "1.1.1.1")
			_ = handle(w, r) // writes to w
			all <- w.Code
		}()
		<-entered
	}
	w, r := form(strings.NewReader("a=b"), "1.1.1.1")
	if err := handle(w, r); err != nil || w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("one more: %d %v", w.Code, err)
	}
	w, r = form(strings.NewReader("a=b"), "1.1.1.2")
	if err := handle(w, r); err != nil || w.Code != 200 {
		t.Errorf("another address pays: %d %v", w.Code, err)
	}
	close(end)
	for range formsFrom {
		if code := <-all; code != 200 {
			t.Errorf("got %d", code)
		}
	}
}

// held is a body that does not go on until it may.
type held struct {
	entered chan<- struct{}
	end     <-chan struct{}
	read    bool
}

func (h *held) Read([]byte) (int, error) {
	if !h.read {
		h.read = true
		h.entered <- struct{}{}
	}
	<-h.end
	return 0, io.EOF
}

func TestLargeBodiesAreFewAtOnce(t *testing.T) {
	end, entered := make(chan struct{}), make(chan struct{})
	handle := LargeBodies()(func(http.ResponseWriter, *route.Request) error {
		entered <- struct{}{}
		<-end
		return nil
	})
	call := func(size int64, from string) chan error {
		w, r := form(http.NoBody, from)
		r.ContentLength = size
		answered := make(chan error, 1)
		go func() { answered <- handle(w, r) }()
		return answered
	}
	var inside []chan error
	for i := range largeBodiesFrom {
		inside = append(inside, call(int64(largeBody+1)*int64(1-2*(i%2)), "1.1.1.1")) // every second one without a length
		<-entered
	}
	if err := <-call(4<<20, "1.1.1.1"); err == nil || fault.Of(err).Kind != fault.Throttled {
		t.Errorf("one more of the same caller: %v", err)
	}
	inside = append(inside, call(largeBody, "1.1.1.1"))
	<-entered // small ones pass
	inside = append(inside, call(4<<20, "1.1.1.2"))
	<-entered // and so do others'
	close(end)
	for _, answered := range inside {
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
}
