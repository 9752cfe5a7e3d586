package middleware

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	handle := Hosts([]string{"lotse.example.com", "192.0.2.7", "2001:db8::7"})(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	for sentence, c := range map[string]struct {
		host, path string
		want       int
	}{
		"a name that it was installed with":            {"lotse.example.com", "/", 204},
		"a name with any port":                         {"lotse.example.com:30443", "/", 204},
		"a name in another case":                       {"Lotse.Example.COM:8443", "/", 204},
		"an address":                                   {"192.0.2.7:8443", "/", 204},
		"an address of IPv6":                           {"[2001:db8::7]:8443", "/", 204},
		"this machine by address":                      {"127.0.0.1:8443", "/", 204},
		"this machine by address of IPv6":              {"[::1]:8443", "/", 204},
		"this machine by name":                         {"localhost", "/", 204},
		"a probe comes by the Pod's address":           {"10.0.0.9:8443", "/healthz", 204},
		"another name is refused":                      {"evil.example", "/metadata/endpoints", 421},
		"a log-in for another name is refused":         {"evil.example", "/adfs/oauth2/token", 421},
		"a name that only begins alike is refused":     {"lotse.example.com.evil.example", "/", 421},
		"no host is refused":                           {"", "/", 421},
		"a host that hides behind a port is refused":   {"127.0.0.1:80@evil.example", "/", 421},
		"a host that hides behind a name is refused":   {"localhost@evil.example", "/", 421},
		"a port that is none is refused":               {"127.0.0.1:x", "/", 421},
		"a name in brackets is refused":                {"[localhost]:8443", "/", 421},
		"a path like that of the probe is refused too": {"evil.example", "/healthz/", 421},
	} {
		t.Run(sentence, func(t *testing.T) {
			r, w := httptest.NewRequest("GET", "https://x"+c.path, nil), httptest.NewRecorder()
			r.Host = c.host
			if handle.ServeHTTP(w, r); w.Code != c.want {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			if code := w.Header().Get("x-ms-error-code"); (code == "MisdirectedRequest") != (c.want == 421) {
				t.Errorf("got code %q", code)
			}
		})
	}
}

// FuzzHostName: what is taken for a name is the host of the URLs that are made from it.
func FuzzHostName(f *testing.F) {
	for _, seed := range []string{"localhost:8443", "[::1]:1", "a:b@c", "127.0.0.1:80@evil.example", "[::1", "a/b", "x:99999", "localhost#a", "localhost?a", "\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		name, ok := hostName(host)
		if !ok || !slices.Contains(ownHosts, name) {
			return
		}
		u, err := url.Parse("https://" + host + "/adfs")
		if err != nil || !strings.EqualFold(u.Hostname(), name) || u.User != nil || u.Path != "/adfs" {
			t.Errorf("%q is taken for %s and makes %v, %v", host, name, u, err)
		}
	})
}
