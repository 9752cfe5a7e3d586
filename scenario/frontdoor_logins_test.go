package scenario

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// raw sends text to the front door over a connection of its own, and returns the answer.
func (a *attacker) raw(text string) reply {
	a.Helper()
	conf := a.trust.Clone()
	conf.ServerName, _, _ = net.SplitHostPort(a.host)
	conn, err := tls.Dial("tcp", a.host, conf)
	if err != nil {
		a.Fatal(err)
	}
	defer conn.Close()
	must(a.T, conn.SetDeadline(time.Now().Add(time.Minute)))
	if _, err := conn.Write([]byte(text)); err != nil {
		a.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		a.Fatal(err)
	}
	defer answer.Body.Close()
	return reply{status: answer.StatusCode, header: answer.Header}
}

// halfLogIns begin to send 10 MB to whatever takes a name and a secret.
func (a *attacker) halfLogIns() {
	for _, path := range []string{"/v2/token", "/adfs/oauth2/token", "/adfs/oauth2/deviceauth", "/common/oauth2/v2.0/token"} {
		for range 20 {
			r := a.raw(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000000\r\n\r\nusername=%s",
				path, a.host, strings.Repeat("x", 8<<10)))
			if r.status != http.StatusRequestEntityTooLarge {
				a.Fatalf("half of 10 MB at %s is answered %d, want 413", path, r.status)
			}
		}
	}
}

func (a *attacker) guessesAtTheRegistry() {
	for try := 1; try <= 30; try++ {
		r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("https://%s/v2/?username=made-up-%d", a.host, try), nil)
		must(a.T, err)
		r.SetBasicAuth("99999999-0000-0000-0000-000000000098", "guess")
		answer, err := a.web.Do(r)
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

func (a *attacker) otherHosts() {
	for host, want := range map[string]int{"evil.example": http.StatusMisdirectedRequest, "127.0.0.1:80@evil.example": http.StatusBadRequest} {
		if r := a.raw("GET /metadata/endpoints?api-version=2022-09-01 HTTP/1.1\r\nHost: " + host + "\r\n\r\n"); r.status != want {
			a.Errorf("host %s is answered %d, want %d", host, r.status, want)
		}
	}
}

// costlyBody is the one that took 30 seconds of a processor: a long name above many items.
func (a *attacker) costlyBody() {
	path := a.group + "/providers/Microsoft.ContainerService/managedClusters/costly"
	for sentence, name := range map[string]string{"a name beyond the bound": strings.Repeat("n", 200_000), "a short name": "n"} {
		began := time.Now()
		a.wants(400, "InvalidRequestContent", a.send("PUT", path, strings.NewReader(`{"`+name+`":[`+strings.Repeat("0,", 90_000)+`0]}`)))
		if took := time.Since(began); took > 10*time.Second {
			a.Errorf("%s above 90,000 items took %s", sentence, took)
		}
	}
}
