package scenario

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const armVersion = "?api-version=2025-02-01"

// attacker sends the front door raw bytes, as a client that means harm does.
type attacker struct {
	*testing.T
	web   *http.Client
	trust *tls.Config
	token string
	host  string
	group string
}

// TestFrontDoorUnderAttack: bodies and connections that only cost resources are refused while others are served; a cluster beyond a quota, or
// beyond the capacity of this machine, is refused before anything is made.
func TestFrontDoorUnderAttack(t *testing.T) {
	t.Parallel()
	a := newAttacker(t)
	t.Run("a body of 100 MB is refused unread", a.with((*attacker).hugeBodies))
	t.Run("requests that do not end are aborted, and others are served meanwhile", a.with((*attacker).unfinished))
	t.Run("log-ins of 10 MB are refused unread", a.with((*attacker).halfLogIns))
	t.Run("the cost of a body is bounded by its length", a.with((*attacker).costlyBody))
	t.Run("another host is not answered", a.with((*attacker).otherHosts))
	t.Run("secrets cannot be guessed", a.with((*attacker).guesses))
	t.Run("nor at the registry", a.with((*attacker).guessesAtTheRegistry))
	t.Run("a cluster beyond a quota is refused", a.with((*attacker).beyondQuota))
	t.Run("a cluster beyond the capacity of this machine is refused", a.with((*attacker).beyondCapacity))
}

func (a *attacker) with(attack func(*attacker)) func(*testing.T) {
	return func(t *testing.T) {
		own := *a
		own.T = t
		attack(&own)
	}
}

func newAttacker(t *testing.T) *attacker {
	t.Helper()
	c := lotse.client.Credential
	trust, err := c.TLS()
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{TLSClientConfig: trust}}
	address, err := url.Parse(c.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	a := &attacker{T: t, web: web, trust: trust, token: string(fetchToken(t, web)), host: address.Host}
	a.group = "/subscriptions/" + c.SubscriptionID + "/resourceGroups/attack"
	a.wants(201, "", a.send("PUT", a.group, strings.NewReader(`{"location":"local"}`)))
	t.Cleanup(func() { a.send("DELETE", a.group, nil) })
	return a
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (a *attacker) send(method, path string, body io.Reader, change ...func(*http.Request)) reply {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), method, "https://"+a.host+path+armVersion, body)
	if a.Context().Err() != nil { // cleaning up
		r, err = http.NewRequest(method, "https://"+a.host+path+armVersion, body)
	}
	if err != nil {
		a.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Content-Type", "application/json")
	for _, c := range change {
		c(r)
	}
	answer, err := a.web.Do(r)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

func (a *attacker) wants(status int, code string, r reply) reply {
	a.Helper()
	if r.status != status || !strings.Contains(r.body, code) {
		a.Fatalf("got %d %.400s, want %d %s", r.status, r.body, status, code)
	}
	return r
}

// counter of the bytes that were read from an endless body.
type counter struct{ taken atomic.Int64 }

func (c *counter) Read(p []byte) (int, error) {
	n := len(p)
	for i := range p {
		p[i] = ' '
	}
	if c.taken.Add(int64(n)) > 100<<20 {
		return n, io.EOF
	}
	return n, nil
}

func (a *attacker) hugeBodies() {
	for how, length := range map[string]int64{"with a Content-Length": 100 << 20, "without a Content-Length": -1} {
		body := &counter{}
		path := a.group + "/providers/Microsoft.ContainerService/managedClusters/huge"
		r := a.send("PUT", path, io.NopCloser(body), func(r *http.Request) { r.ContentLength = length })
		a.wants(413, "RequestContentTooLarge", r)
		if taken := body.taken.Load(); taken > 32<<20 {
			a.Errorf("%d MB of a body %s were read", taken>>20, how)
		}
	}
}

// unfinished holds connections open in every way there is.
func (a *attacker) unfinished() {
	const each = 40
	started := time.Now()
	var held []net.Conn
	dial := func() net.Conn {
		conn, err := net.DialTimeout("tcp", a.host, 10*time.Second)
		if err != nil {
			a.Fatal(err)
		}
		a.Cleanup(func() { conn.Close() })
		return conn
	}
	encrypted := func(first string) net.Conn {
		conf := a.trust.Clone()
		conf.ServerName, _, _ = net.SplitHostPort(a.host)
		conn := tls.Client(dial(), conf)
		if _, err := io.WriteString(conn, first); err != nil {
			a.Fatal(err)
		}
		return conn
	}
	for range each {
		held = append(held, dial(), encrypted("GET /subscriptions HTTP/1.1\r\nHost: x\r\nX-Slow: "))
	}
	slow := encrypted(fmt.Sprintf("PUT %s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
		a.group, armVersion, a.host, a.token))

	asked := time.Now()
	a.wants(200, "attack", a.send("GET", a.group, nil))
	if took := time.Since(asked); took > 10*time.Second {
		a.Errorf("another client waited %s", took)
	}
	for i, conn := range held {
		must(a.T, conn.SetReadDeadline(started.Add(time.Minute)))
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			a.Fatalf("connection %d of %d that sent no complete request is still open after %s", i, len(held), time.Since(started))
		}
	}
	must(a.T, slow.SetReadDeadline(started.Add(90*time.Second)))
	answer, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil {
		a.Fatalf("a request without its body: %v", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestTimeout {
		a.Errorf("a request without its body is answered with %d, want 408", answer.StatusCode)
	}
	a.Logf("all connections were closed within %s", time.Since(started).Round(time.Second))
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (a *attacker) guesses() {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"99999999-0000-0000-0000-000000000099"}, "client_secret": {"guess"}}
	for try := 1; try <= 30; try++ {
		answer, err := a.web.PostForm("https://"+a.host+"/adfs/oauth2/token", form)
		must(a.T, err)
		must(a.T, answer.Body.Close())
		switch {
		case answer.StatusCode == http.StatusTooManyRequests && answer.Header.Get("Retry-After") != "":
			a.Logf("guess %d was refused as too many", try)
			return
		case answer.StatusCode != http.StatusUnauthorized:
			a.Fatalf("guess %d: got %d", try, answer.StatusCode)
		}
	}
	a.Error("thirty secrets could be tried in a row")
}

func (a *attacker) beyondQuota() {
	var pools []string
	for i := range 6 {
		pools = append(pools, fmt.Sprintf(`{"name":"np%d","mode":"System","count":900}`, i))
	}
	path := a.group + "/providers/Microsoft.ContainerService/managedClusters/many"
	body := `{"location":"local","properties":{"networkProfile":{"podCidr":"11.0.0.0/8","serviceCidr":"10.3.0.0/16"},"agentPoolProfiles":[` + strings.Join(pools, ",") + `]}}`
	r := a.wants(400, "QuotaExceeded", a.send("PUT", path, strings.NewReader(body)))
	if !strings.Contains(r.body, "Maximum allowed: 5000") {
		a.Errorf("got %s", r.body)
	}
	a.wants(404, "ResourceNotFound", a.send("GET", path, nil))
	left := a.send("GET", a.group, nil).header.Get("x-ms-ratelimit-remaining-subscription-reads")
	if left == "" {
		a.Error("no header has how many requests are left")
	}
}

func (a *attacker) beyondCapacity() {
	path := a.group + "/providers/Microsoft.ContainerService/managedClusters/large"
	body := `{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System","count":250}]}}`
	r := a.wants(409, "AllocationFailed", a.send("PUT", path, strings.NewReader(body)))
	a.Logf("refused: %s", r.body)
	a.wants(404, "ResourceNotFound", a.send("GET", path, nil))
}
