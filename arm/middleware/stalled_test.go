package middleware

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const soon = time.Second

// streaming is a server whose streams may stall for a short time.
func streaming(t *testing.T, handle http.HandlerFunc) net.Conn {
	t.Helper()
	s := httptest.NewServer(Stalled(soon)(handle))
	t.Cleanup(s.Close)
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func TestAHalfSentUploadEnds(t *testing.T) {
	t.Parallel()
	read := make(chan error, 1)
	c := streaming(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	})
	send(t, c, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf")
	if err := <-read; err == nil {
		t.Error("half a body was a whole one")
	}
}

func TestARefusedUploadEndsAlsoIfItsBodyDoesNotCome(t *testing.T) {
	t.Parallel()
	c := streaming(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	send(t, c, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf")
	began := time.Now()
	if _, err := io.Copy(io.Discard, c); err != nil || time.Since(began) > 10*time.Second {
		t.Errorf("the connection ends after %v: %v", time.Since(began), err)
	}
}

func TestASlowUploadAndItsAnswerHaveTime(t *testing.T) {
	t.Parallel()
	c := streaming(t, func(w http.ResponseWriter, r *http.Request) {
		all, err := io.ReadAll(r.Body)
		time.Sleep(2 * soon) // what is uploaded is stored
		if err == nil && r.Context().Err() == nil {
			_, _ = w.Write(all)
		}
	})
	send(t, c, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
	for range 5 {
		time.Sleep(soon / 3)
		send(t, c, "x")
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if all, err := io.ReadAll(answer.Body); string(all) != "xxxxx" || err != nil {
		t.Errorf("got %q, %v", all, err)
	}
}

func TestALogThatIsQuietGoesOn(t *testing.T) {
	t.Parallel()
	for sentence, http2 := range map[string]bool{"by HTTP/1": false, "by HTTP/2": true} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(Stalled(soon)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for range 3 {
					if _, err := io.WriteString(w, "line\n"); err != nil || http.NewResponseController(w).Flush() != nil || r.Context().Err() != nil {
						return
					}
					time.Sleep(2 * soon)
				}
			})))
			s.EnableHTTP2 = http2
			s.StartTLS()
			defer s.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if all, err := io.ReadAll(answer.Body); err != nil || strings.Count(string(all), "line") != 3 {
				t.Errorf("got %q, %v", all, err)
			}
		})
	}
}
