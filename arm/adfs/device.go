package adfs

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"time"

	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// Bounds of the device flow (RFC 8628).
const (
	deviceLifetime = 15 * time.Minute
	pollInterval   = 5 * time.Second
)

type deviceAnswer struct {
	DeviceCode      string `json:"device_code"`
	UserCode        string `json:"user_code"`
	VerificationURI string `json:"verification_uri"`
	VerificationURL string `json:"verification_url"`
	ExpiresIn       int    `json:"expires_in"`
	Interval        int    `json:"interval"`
	Message         string `json:"message"`
}

func (l *Login) deviceCode(w http.ResponseWriter, r *route.Request) error {
	if err := r.ParseForm(); err != nil {
		return answer(w, refuse(http.StatusBadRequest, "invalid_request", "The body is not a form: %v.", err))
	}
	userCode := newUserCode(l.issuer, l.clock.Now())
	code, err := l.issuer.Device(userCode, authority(r), r.PostForm.Get("client_id"), deviceLifetime)
	if err != nil {
		return err
	}
	page := authority(r) + "/oauth2/deviceauth"
	return route.JSON(w, http.StatusOK, deviceAnswer{
		DeviceCode: code, UserCode: readable(userCode), VerificationURI: page, VerificationURL: page,
		ExpiresIn: int(deviceLifetime.Seconds()), Interval: int(pollInterval.Seconds()),
		Message: fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", page, readable(userCode)),
	})
}

// redeemDevice answers a polling device with its user, once the user has signed in.
func (l *Login) redeemDevice(r *route.Request) (identity.Identity, error) {
	form := r.PostForm
	code := cmp.Or(form.Get("device_code"), form.Get("code")) // az sends both
	userCode, err := l.issuer.ReadDevice(code, authority(r), form.Get("client_id"))
	if err != nil {
		return identity.Identity{}, expiredCode()
	}
	return l.approvals.redeem(r.Context(), userCode)
}

type signIn struct{ Code, User, Error, Done string }

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Lotse: sign in on a device</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:4rem auto;padding:0 1rem;color:#123}
label{display:block;margin:.75rem 0}input{display:block;width:100%;font:inherit;padding:.4rem;box-sizing:border-box}
button{font:inherit;padding:.5rem 1.5rem;margin-top:1rem}.error{color:#a00}
</style>
<main><h1>Sign in on a device</h1>
{{if .Done}}<p role="status">{{.Done}}</p>{{else}}
<p>Enter the code that the device shows. Sign in only if you started this yourself.</p>
{{if .Error}}<p class="error" role="alert">{{.Error}}</p>{{end}}
<form method="post" autocomplete="off">
<label>Code <input name="user_code" value="{{.Code}}" required autofocus></label>
<label>User name <input name="username" value="{{.User}}" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>{{end}}</main></html>
`))

func show(w http.ResponseWriter, status int, s signIn) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	return page.Execute(w, s)
}

func (l *Login) devicePage(w http.ResponseWriter, r *route.Request) error {
	return show(w, http.StatusOK, signIn{Code: route.Query(r.Request, "user_code")})
}

func (l *Login) deviceSignIn(w http.ResponseWriter, r *route.Request) error {
	if err := r.ParseForm(); err != nil {
		return show(w, http.StatusBadRequest, signIn{Error: "The form could not be read."})
	}
	s := signIn{Code: r.PostForm.Get("user_code"), User: r.PostForm.Get("username")}
	who, err := l.logIns.User(r, s.User, r.PostForm.Get("password"))
	if errors.Is(err, identity.ErrUnknown) {
		s.Error = "The user name or the password is wrong."
		return show(w, http.StatusUnauthorized, s)
	}
	approved := err == nil && validUserCode(l.issuer, normalCode(s.Code), l.clock.Now())
	if approved {
		approved, err = l.approvals.add(r.Context(), normalCode(s.Code), who)
	}
	if e := throttled(err); e != nil {
		s.Error = e.Message
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
		return show(w, http.StatusTooManyRequests, s)
	}
	if err != nil {
		return err
	}
	if !approved {
		s.Error = "The code is unknown or has expired."
		return show(w, http.StatusBadRequest, s)
	}
	return show(w, http.StatusOK, signIn{Done: "You are signed in. You can close this page."})
}
