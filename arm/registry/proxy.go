package registry

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// newProxy forwards requests to the registry without the caller's credential, and rewrites the locations in its answers.
func newProxy(target *url.URL, transport http.RoundTripper) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport:     transport,
		FlushInterval: -1, // images are large and must not be buffered
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.Host = target.Host
			p.Out.Header.Del("Authorization")
			p.Out.Header.Del("Cookie")
		},
		ModifyResponse: func(answer *http.Response) error {
			if location := answer.Header.Get("Location"); location != "" {
				answer.Header.Set("Location", throughUs(location, target))
			}
			answer.Header.Del("WWW-Authenticate")
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			_ = refuse(w, http.StatusBadGateway, "UNAVAILABLE", "The registry does not answer. Try again.")
		},
	}
}

// throughUs takes the registry's own address out of a location: without a host it is relative to ours.
func throughUs(location string, target *url.URL) string {
	u, err := url.Parse(location)
	if err != nil || !strings.EqualFold(u.Host, target.Host) {
		return location
	}
	u.Scheme, u.Host = "", ""
	return u.String()
}
