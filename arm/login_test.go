package arm_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func loggingIn(t *testing.T, w *world) {
	openID := w.do("", "GET", "/ADFS/.well-known/openid-configuration", "")
	for _, field := range []string{"authorization_endpoint", "token_endpoint", "device_authorization_endpoint"} {
		if s, _ := openID.at(field).(string); !strings.HasPrefix(s, w.server.URL+"/adfs/") {
			t.Errorf("%s is %q", field, s)
		}
	}
	if a := w.do("", "GET", "/metadata/endpoints?api-version=2015-01-01", ""); a.at("authentication.loginEndpoint") != w.server.URL+"/adfs" {
		t.Errorf("got %s", a.body)
	}
	if a := w.do("", "GET", "/metadata/endpoints?api-version=2019-05-01", ""); !strings.HasPrefix(string(a.body), "[") {
		t.Errorf("2019-05-01 is an array, got %s", a.body)
	}
	if a := w.do("", "GET", "/metadata/endpoints?api-version=2022-09-01", ""); a.at("resourceManager") != w.server.URL+"/" {
		t.Errorf("got %s", a.body)
	}
	token := func(pairs ...string) answer {
		form := url.Values{"scope": {w.server.URL + "//.default"}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return w.form("/adfs/oauth2/token", form)
	}
	right := token("grant_type", "client_credentials", "client_id", admin, "client_secret", secret)
	if _, isString := right.at("scope").(string); right.StatusCode != 200 || !isString || right.at("expires_in") != 3600.0 {
		t.Errorf("got %d %s", right.StatusCode, right.body)
	}
	for sentence, a := range map[string]answer{
		"a wrong secret is refused":         token("grant_type", "client_credentials", "client_id", admin, "client_secret", "x"),
		"an unknown application is refused": token("grant_type", "client_credentials", "client_id", tenant, "client_secret", secret),
		"a user is no application":          token("grant_type", "client_credentials", "client_id", anna, "client_secret", secret),
		"an application has no password":    token("grant_type", "password", "username", admin, "password", secret),
		"a path is no application":          token("grant_type", "client_credentials", "client_id", "../secrets", "client_secret", secret),
		"a wrong password is refused":       token("grant_type", "password", "username", "anna@lotse.local", "password", "x"),
	} {
		if a.StatusCode != 401 || a.at("error_description") == nil {
			t.Errorf("%s: got %d %s", sentence, a.StatusCode, a.body)
		}
	}
	if a := token("grant_type", "client_credentials", "client_id", admin, "client_secret", secret, "scope", "https://graph.example/.default"); a.StatusCode != 400 {
		t.Errorf("a token for another audience was issued: %s", a.body)
	}
	user := token("grant_type", "password", "client_id", "az", "username", "anna@lotse.local", "password", secret)
	refresh, _ := user.at("refresh_token").(string)
	if user.at("id_token") == nil || refresh == "" {
		t.Fatalf("got %s", user.body)
	}
	again := token("grant_type", "refresh_token", "client_id", "az", "refresh_token", refresh)
	if again.StatusCode != 200 {
		t.Errorf("the refresh token was refused: %s", again.body)
	}
	if a := w.do(refresh, "GET", "/subscriptions"+v, ""); a.StatusCode != 401 {
		t.Errorf("a refresh token served as an access token")
	}
	if a := w.do("", "GET", "/subscriptions"+v, ""); a.StatusCode != 401 || !strings.Contains(a.Header.Get("WWW-Authenticate"), "Bearer authorization_uri=") {
		t.Errorf("got %d %v", a.StatusCode, a.Header)
	}
	if a := w.do("", "GET", "/healthz", ""); a.StatusCode != 200 {
		t.Errorf("got %d", a.StatusCode)
	}
}

func deviceFlow(t *testing.T, w *world) {
	begun := w.form("/adfs/oauth2/devicecode", url.Values{"client_id": {"az"}})
	code, _ := begun.at("device_code").(string)
	poll := func() answer {
		return w.form("/adfs/oauth2/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {"az"}, "device_code": {code}, "code": {code}})
	}
	if a := poll(); a.at("error") != "authorization_pending" {
		t.Fatalf("got %s", a.body)
	}
	page := w.do("", "GET", "/adfs/oauth2/deviceauth?user_code=%3Cscript%3E", "")
	if page.StatusCode != 200 || strings.Contains(string(page.body), "<script>") {
		t.Errorf("got %s", page.body)
	}
	enter := func(code, password string) answer {
		return w.form("/adfs/oauth2/deviceauth", url.Values{"user_code": {code}, "username": {"anna@lotse.local"}, "password": {password}})
	}
	userCode := begun.at("user_code").(string)
	if a := enter(userCode, "wrong"); a.StatusCode != 401 {
		t.Errorf("got %d", a.StatusCode)
	}
	for _, wrong := range []string{"", "XXXXXXXXX", "XXXX-XXXX-XXXX", userCode + "X", flipped(userCode)} {
		if a := enter(wrong, secret); a.StatusCode != 400 {
			t.Errorf("code %q: got %d", wrong, a.StatusCode)
		}
	}
	if a := enter(strings.ToLower(strings.ReplaceAll(userCode, "-", " ")), secret); a.StatusCode != 200 {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	if a := enter(userCode, secret); a.StatusCode != 400 {
		t.Errorf("a code was approved twice: %d", a.StatusCode)
	}
	other := w.form("/adfs/oauth2/token", url.Values{"grant_type": {"device_code"}, "client_id": {"not-az"}, "code": {code}})
	if other.at("error") != "expired_token" {
		t.Errorf("another application redeemed the code: %s", other.body)
	}
	forged := w.form("/adfs/oauth2/token", url.Values{"grant_type": {"device_code"}, "client_id": {"az"}, "code": {w.token(anna)}})
	if forged.at("error") != "expired_token" {
		t.Errorf("an access token served as a device code: %s", forged.body)
	}
	r := httptest.NewRequest("POST", w.server.URL+"/adfs/oauth2/token", strings.NewReader(url.Values{
		"grant_type": {"device_code"}, "client_id": {"az"}, "device_code": {code}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	elsewhere := httptest.NewRecorder()
	w.another.ServeHTTP(elsewhere, r)
	if elsewhere.Code != 200 || !strings.Contains(elsewhere.Body.String(), "access_token") {
		t.Errorf("another replica answered %d %s", elsewhere.Code, elsewhere.Body)
	}
	if a := poll(); a.at("error") != "expired_token" {
		t.Errorf("a code was good twice: %s", a.body)
	}
}

// flipped is a code with one letter mistyped.
func flipped(code string) string {
	if code[0] == 'B' {
		return "C" + code[1:]
	}
	return "B" + code[1:]
}
