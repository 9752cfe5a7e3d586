package gate

import (
	"errors"
	"io"
	"net/http"
)

var errMetered = errors.New("more than may be stored")

// meter counts a body while it is stored, and ends it when it is too much.
type meter struct {
	io.ReadCloser
	account *account
	quota   quota
	// left bytes of this blob.
	left    int64
	refused *refusal
}

// Read implements io.Reader.
func (m *meter) Read(b []byte) (int, error) {
	if m.refused != nil {
		return 0, errMetered
	}
	n, err := m.ReadCloser.Read(b)
	m.left -= int64(n)
	within := m.account.take(int64(n), m.quota.bytes)
	switch {
	case m.left < 0:
		m.refused = tooLarge()
	case !within:
		m.refused = overQuota(m.quota)
	default:
		return n, err
	}
	return 0, errMetered
}

// answer replaces upstream's answer to a body that was ended, which blames the client or is an internal error.
type answer struct {
	http.ResponseWriter
	refused  func() *refusal
	status   int
	replaced bool
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	a.status = status
	if refused := a.refused(); refused != nil {
		a.status, a.replaced = refused.status, true
		refused.write(a.ResponseWriter)
		return
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.replaced {
		return len(b), nil
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
