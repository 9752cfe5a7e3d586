package registry_test

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	clocktest "k8s.io/utils/clock/testing"

	"lotse.dev/audit"
)

func TestLogInsOfTheRegistryAreBoundedAndRecordedAsAllOthers(t *testing.T) {
	records, err := audit.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := frontWith(t, records, clocktest.NewFakeClock(time.Now()))
	try := func(method, path string, basic bool, form url.Values) *http.Response {
		r, _ := http.NewRequest(method, s.URL+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if basic {
			r.SetBasicAuth(writer, "guess")
		}
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer
	}
	endpoints := []func() *http.Response{
		func() *http.Response { return try("GET", "/v2/", true, url.Values{"username": {rand.Text()}}) },
		func() *http.Response { return try("GET", "/v2/token", true, nil) },
		func() *http.Response { return try("POST", "/v2/token", true, url.Values{"username": {rand.Text()}}) },
		func() *http.Response {
			return try("POST", "/v2/token", false, url.Values{"username": {writer}, "password": {"guess"}})
		},
		func() *http.Response {
			return try("POST", "/adfs/oauth2/token", false, url.Values{"grant_type": {"client_credentials"}, "client_id": {writer}, "client_secret": {"guess"}, "username": {rand.Text()}})
		},
	}
	guesses := 0
	for try := range 100 {
		if answer := endpoints[try%len(endpoints)](); answer.StatusCode == http.StatusUnauthorized {
			guesses++
		} else if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
			t.Fatalf("endpoint %d: got %d", try%len(endpoints), answer.StatusCode)
		}
	}
	if guesses != 10 {
		t.Errorf("%d secrets could be guessed at all endpoints together, want 10", guesses)
	}
	found, err := records.Read(audit.Query{Principal: writer})
	if err != nil || len(found) != 100 {
		t.Errorf("%d of 100 log-ins are recorded, %v", len(found), err)
	}
}

func TestAHalfSentLogInIsNotReadIntoMemory(t *testing.T) {
	s := front(t)
	for _, path := range []string{"/v2/token", "/V2/token", "/v2//token"} {
		c, err := tls.Dial("tcp", strings.TrimPrefix(s.URL, "https://"), s.Client().Transport.(*http.Transport).TLSClientConfig.Clone())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000000\r\n\r\nusername=x")
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: got %d", path, answer.StatusCode)
		}
	}
}
