package middleware

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Times for bodies: of JSON, which has at most 4 MB, and of the form of a log-in, which has a few KB.
const (
	bodyTimeout = 30 * time.Second
	formTimeout = 10 * time.Second
)

// StallTimeout is how long a stream may be without a byte read from the client or taken by it.
const StallTimeout = time.Minute

// Timeout ends requests that take too long: whose body does not arrive, whose handler does not return, or whose answer is not read.
func Timeout(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			readWithin(w, min(limit, bodyTimeout))
			writeWithin(w, limit+bodyTimeout)
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// readWithin sets the time for the rest of a body, and writeWithin for the rest of the answer. Deadlines of connections use real time. Not every
// ResponseWriter has them; Timeout's context has one in any case.
func readWithin(w http.ResponseWriter, limit time.Duration) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit))
}

func writeWithin(w http.ResponseWriter, limit time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit))
}

// Stalled ends requests of which nothing comes or is taken for some time, and sets no time for the whole.
func Stalled(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Body != nil && r.Body != http.NoBody {
				readWithin(w, limit) // also for what net/http reads after the handler
				r.Body = &stallingBody{r.Body, w, limit}
			}
			s := &stallingWriter{w, limit}
			s.rest() // the connection may have the deadline of an earlier request
			next.ServeHTTP(s, r)
			writeWithin(w, limit) // for what is still buffered
		})
	}
}

type stallingBody struct {
	io.ReadCloser
	w     http.ResponseWriter
	limit time.Duration
}

func (b *stallingBody) Read(p []byte) (int, error) {
	readWithin(b.w, b.limit)
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { //nolint:errorlint // io.Reader's contract
		_ = http.NewResponseController(b.w).SetReadDeadline(time.Time{}) // a passed one would end the request while it is answered
	}
	return n, err
}

type stallingWriter struct {
	http.ResponseWriter
	limit time.Duration
}

func (w *stallingWriter) Write(p []byte) (int, error) {
	writeWithin(w.ResponseWriter, w.limit)
	defer w.rest()
	return w.ResponseWriter.Write(p)
}

// FlushError implements what http.ResponseController flushes by.
func (w *stallingWriter) FlushError() error {
	writeWithin(w.ResponseWriter, w.limit)
	defer w.rest()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// rest lets time pass until the next write: HTTP/2 ends a stream at its deadline also if nothing is being written.
func (w *stallingWriter) rest() {
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Time{})
}

// Unwrap lets http.ResponseController reach the connection.
func (w *stallingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
