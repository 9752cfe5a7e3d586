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
	return p.ReadCloser.Read(b)
}
