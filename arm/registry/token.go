package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"lotse.dev/arm/middleware"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// audience of tokens that are valid for the registry only.
func audience(r *route.Request) string { return r.Base() + "/v2/" }

// caller of a request: by a token of the registry or of the front door, or by ID and secret. It is empty if the credential is not valid.
func (g *Registry) caller(r *route.Request) (identity.Identity, error) {
	if id, secret, ok := r.BasicAuth(); ok {
		return g.logIn(r.Context(), id, secret)
	}
	token, ok := middleware.Bearer(r.Request)
	if !ok {
		return identity.Identity{}, nil
	}
	claims, err := g.Issuer.ReadAccess(token, append(middleware.Audiences(r.Base()), audience(r))...)
	if err != nil {
		return identity.Identity{}, nil
	}
	who, err := g.Directory.Holder(r.Context(), claims)
	return orAnonymous(who, err)
}

func (g *Registry) logIn(ctx context.Context, name, secret string) (identity.Identity, error) {
	who, err := g.Directory.Application(ctx, name, secret)
	if errors.Is(err, identity.ErrUnknown) {
		who, err = g.Directory.User(ctx, name, secret)
	}
	return orAnonymous(who, err)
}

// orAnonymous makes an invalid log-in an empty identity.
func orAnonymous(who identity.Identity, err error) (identity.Identity, error) {
	if identity.Over(err) {
		return identity.Identity{}, nil
	}
	return who, err
}

type tokenAnswer struct {
	Token       string `json:"token"`
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
}

// token exchanges ID and secret for a token that is valid for the registry. Access is decided at each use.
func (g *Registry) token(w http.ResponseWriter, r *route.Request) error {
	name, secret, ok := r.BasicAuth()
	if !ok && r.ParseForm() == nil {
		name, secret = r.PostForm.Get("username"), r.PostForm.Get("password")
	}
	who, err := g.logIn(r.Context(), name, secret)
	if err != nil {
		return err
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

// challenge is the header that says where tokens are issued.
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
