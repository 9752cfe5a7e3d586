package middleware

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lotse.dev/arm/fault"
)

// ownHosts are always accepted. The port may be another one than the listener's: a tunnel or a Service can lie between.
var ownHosts = []string{"localhost", "127.0.0.1", "::1"}

// Hosts refuses requests for a host that the front door does not have: issuer and audience of tokens, and the addresses of next pages, operations
// and log-ins are made from it. names are DNS names and addresses without a port, in addition to those of this machine itself. Probes come
// by the Pod's address, and their answer names no host.
func Hosts(names []string) func(http.Handler) http.Handler {
	known := slices.Clone(ownHosts)
	for _, n := range names {
		known = append(known, strings.ToLower(strings.Trim(n, "[]")))
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if name, ok := hostName(r.Host); r.URL.Path != "/healthz" && (!ok || !slices.Contains(known, name)) {
				w.Header().Set("Connection", "close")
				fault.Write(w, fault.New(fault.MisdirectedRequest, "This front door does not answer for the host '%s'. Use the address that it was "+
					"installed with; its operator can add others ('lotse up --address').", r.Host))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// hostName of a Host header in lower case, without its port: the host of the URLs that are made from it. A text that is
// more than a host in a URL, such as a:b@c, is refused.
func hostName(host string) (string, bool) {
	u, err := url.Parse("https://" + host + "/")
	if err != nil || u.User != nil || u.Host != host || u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	name := u.Hostname()
	if strings.Contains(name, ":") != strings.HasPrefix(host, "[") || strings.HasPrefix(host, "[") && net.ParseIP(name) == nil {
		return "", false // brackets are for addresses of IPv6, which have them
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", false
		}
	}
	return strings.ToLower(name), name != ""
}
