package registry

import (
	"io"
	"net/http"
	"time"
)

// idle is how long a client may send nothing while it uploads. How long the whole takes depends on its size and is not bounded.
const idle = time.Minute

// patient reads a body as long as some of it keeps coming. Deadlines of connections use real time.
type patient struct {
	io.ReadCloser
	connection *http.ResponseController
}

// Read implements io.Reader.
func (p patient) Read(b []byte) (int, error) {
	_ = p.connection.SetReadDeadline(time.Now().Add(idle)) // not every ResponseWriter has deadlines
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		_ = p.connection.SetReadDeadline(time.Time{}) // the registry may take longer with the whole of it
	}
	return n, err
}
