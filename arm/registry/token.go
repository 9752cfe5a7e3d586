package registry

import (
	"fmt"
	"math"
	"net/http"
	"strconv"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/middleware"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// audience of tokens that are valid for the registry only.
func audience(r *route.Request) string { return r.Base() + "/v2/" }

// caller of a request: by a token of the registry or of the front door, or by ID and secret. It is empty if the credential is not valid.
func (g *Registry) caller(r *route.Request) (identity.Identity, error) {
	if id, secret, ok := r.BasicAuth(); ok {
		return orAnonymous(g.LogIns.Anyone(r, id, secret))
	}
	return orAnonymous(g.Bearers.Caller(r.Request, append(middleware.Audiences(r.Base()), audience(r))...))
}

// orAnonymous makes an invalid log-in an empty identity.
func orAnonymous(who identity.Identity, err error) (identity.Identity, error) {
	if err != nil && (identity.Over(err) || fault.Of(err).Status() == http.StatusUnauthorized) {
		return identity.Identity{}, nil
	}
	return who, err
}

// throttled answers in the registry's form if there were too many log-ins, and returns any other error.
func throttled(w http.ResponseWriter, err error) error {
	e := fault.Of(err)
	if e.Kind != fault.Throttled {
		return err
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	return refuse(w, e.Status(), "TOOMANYREQUESTS", e.Message)
}

type tokenAnswer struct {
	Token       string `json:"token"`
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
}

// token exchanges ID and secret for a token that is valid for the registry. Access is decided at each use.
func (g *Registry) token(w http.ResponseWriter, r *route.Request) error {
	name, secret, ok := r.BasicAuth()
	if !ok {
		name, secret = r.PostForm.Get("username"), r.PostForm.Get("password")
	}
	var who identity.Identity
	if name != "" { // without a name the answer asks for one, and nothing is checked
		var err error
		if who, err = orAnonymous(g.LogIns.Anyone(r, name, secret)); err != nil {
			return throttled(w, err)
		}
	}
	if who.Principal == "" {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q", r.Base()+"/v2/token"))
		return refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "The name or the secret is wrong.")
	}
	token, err := g.Issuer.Access(who, r.Base()+"/adfs", audience(r))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return route.JSON(w, http.StatusOK, tokenAnswer{token, token, int(identity.AccessLifetime.Seconds())})
}

// challenge tells a client where tokens are.
func challenge(w http.ResponseWriter, r *route.Request, repository string) {
	value := fmt.Sprintf("Bearer realm=%q,service=%q", r.Base()+"/v2/token", r.Host)
	if repository != "" {
		rights := "pull,push"
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			rights = "pull"
		}
		value += fmt.Sprintf(",scope=\"repository:%s:%s\"", repository, rights)
	}
	w.Header().Set("WWW-Authenticate", value)
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
}

type registryError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refuse in the form of the OCI distribution specification.
func refuse(w http.ResponseWriter, status int, code, message string) error {
	return route.JSON(w, status, map[string][]registryError{"errors": {{code, message}}})
}
