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

// door is the front door as somebody without manners meets it: by bytes.
type door struct {
	*testing.T
	web   *http.Client
	trust *tls.Config
	token string
	host  string
	group string
}

// TestFrontDoorUnderAttack: bodies and connections that only cost are turned away, while everybody else is served; what is beyond a quota, or
// beyond what this machine can hold, is refused before anything is made.
func TestFrontDoorUnderAttack(t *testing.T) {
	t.Parallel()
	d := openDoor(t)
	t.Run("a body of 100 MB is refused unread", d.with((*door).hugeBodies))
	t.Run("who does not finish is sent away, and others are served meanwhile", d.with((*door).unfinished))
	t.Run("secrets cannot be guessed", d.with((*door).guesses))
	t.Run("what is beyond a quota is refused", d.with((*door).beyondQuota))
	t.Run("what this machine cannot hold is refused ahead", d.with((*door).beyondRoom))
}

func (d *door) with(tell func(*door)) func(*testing.T) {
	return func(t *testing.T) {
		own := *d
		own.T = t
		tell(&own)
	}
}

func openDoor(t *testing.T) *door {
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
	d := &door{T: t, web: web, trust: trust, token: string(fetchToken(t, web)), host: address.Host}
	d.group = "/subscriptions/" + c.SubscriptionID + "/resourceGroups/attack"
	d.wants(201, "", d.send("PUT", d.group, strings.NewReader(`{"location":"local"}`)))
	t.Cleanup(func() { d.send("DELETE", d.group, nil) })
	return d
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (d *door) send(method, path string, body io.Reader, change ...func(*http.Request)) reply {
	d.Helper()
	r, err := http.NewRequestWithContext(d.Context(), method, "https://"+d.host+path+armVersion, body)
	if d.Context().Err() != nil { // cleaning up
		r, err = http.NewRequest(method, "https://"+d.host+path+armVersion, body)
	}
	if err != nil {
		d.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	r.Header.Set("Content-Type", "application/json")
	for _, c := range change {
		c(r)
	}
	answer, err := d.web.Do(r)
	if err != nil {
		d.Fatalf("%s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		d.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

func (d *door) wants(status int, code string, r reply) reply {
	d.Helper()
	if r.status != status || !strings.Contains(r.body, code) {
		d.Fatalf("got %d %.400s, want %d %s", r.status, r.body, status, code)
	}
	return r
}

// counter of bytes that were taken from an endless body.
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

func (d *door) hugeBodies() {
	for how, length := range map[string]int64{"whose length is told": 100 << 20, "whose length is not told": -1} {
		body := &counter{}
		path := d.group + "/providers/Microsoft.ContainerService/managedClusters/huge"
		r := d.send("PUT", path, io.NopCloser(body), func(r *http.Request) { r.ContentLength = length })
		d.wants(413, "RequestContentTooLarge", r)
		if taken := body.taken.Load(); taken > 32<<20 {
			d.Errorf("%d MB of a body %s were taken", taken>>20, how)
		}
	}
}

// unfinished holds connections open in every way there is, for nothing.
func (d *door) unfinished() {
	const each = 40
	started := time.Now()
	var held []net.Conn
	dial := func() net.Conn {
		conn, err := net.DialTimeout("tcp", d.host, 10*time.Second)
		if err != nil {
			d.Fatal(err)
		}
		d.Cleanup(func() { conn.Close() })
		return conn
	}
	encrypted := func(first string) net.Conn {
		conf := d.trust.Clone()
		conf.ServerName, _, _ = net.SplitHostPort(d.host)
		conn := tls.Client(dial(), conf)
		if _, err := io.WriteString(conn, first); err != nil {
			d.Fatal(err)
		}
		return conn
	}
	for range each {
		held = append(held, dial(), encrypted("GET /subscriptions HTTP/1.1\r\nHost: x\r\nX-Slow: "))
	}
	slow := encrypted(fmt.Sprintf("PUT %s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
		d.group, armVersion, d.host, d.token))

	asked := time.Now()
	d.wants(200, "attack", d.send("GET", d.group, nil))
	if took := time.Since(asked); took > 10*time.Second {
		d.Errorf("somebody else waited %s", took)
	}
	for i, conn := range held {
		must(d.T, conn.SetReadDeadline(started.Add(time.Minute)))
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			d.Fatalf("connection %d of %d that sent nothing whole is still open after %s", i, len(held), time.Since(started))
		}
	}
	must(d.T, slow.SetReadDeadline(started.Add(90*time.Second)))
	answer, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil {
		d.Fatalf("a body that does not come: %v", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestTimeout {
		d.Errorf("a body that does not come is answered with %d, want 408", answer.StatusCode)
	}
	d.Logf("all were sent away within %s", time.Since(started).Round(time.Second))
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

func (d *door) guesses() {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"99999999-0000-0000-0000-000000000099"}, "client_secret": {"guess"}}
	for try := 1; try <= 30; try++ {
		answer, err := d.web.PostForm("https://"+d.host+"/adfs/oauth2/token", form)
		must(d.T, err)
		must(d.T, answer.Body.Close())
		switch {
		case answer.StatusCode == http.StatusTooManyRequests && answer.Header.Get("Retry-After") != "":
			d.Logf("the %dth guess was too many", try)
			return
		case answer.StatusCode != http.StatusUnauthorized:
			d.Fatalf("guess %d: got %d", try, answer.StatusCode)
		}
	}
	d.Error("thirty secrets could be tried in a row")
}

func (d *door) beyondQuota() {
	var pools []string
	for i := range 6 {
		pools = append(pools, fmt.Sprintf(`{"name":"np%d","mode":"System","count":900}`, i))
	}
	path := d.group + "/providers/Microsoft.ContainerService/managedClusters/many"
	body := `{"location":"local","properties":{"networkProfile":{"podCidr":"11.0.0.0/8","serviceCidr":"10.3.0.0/16"},"agentPoolProfiles":[` + strings.Join(pools, ",") + `]}}`
	r := d.wants(400, "QuotaExceeded", d.send("PUT", path, strings.NewReader(body)))
	if !strings.Contains(r.body, "Maximum allowed: 5000") {
		d.Errorf("got %s", r.body)
	}
	d.wants(404, "ResourceNotFound", d.send("GET", path, nil))
	left := d.send("GET", d.group, nil).header.Get("x-ms-ratelimit-remaining-subscription-reads")
	if left == "" {
		d.Error("nobody is told how many requests are left")
	}
}

func (d *door) beyondRoom() {
	path := d.group + "/providers/Microsoft.ContainerService/managedClusters/large"
	body := `{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System","count":250}]}}`
	r := d.wants(409, "AllocationFailed", d.send("PUT", path, strings.NewReader(body)))
	d.Logf("refused: %s", r.body)
	d.wants(404, "ResourceNotFound", d.send("GET", path, nil))
}
