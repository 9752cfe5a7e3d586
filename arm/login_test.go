package arm_test

import (
	"bufio"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
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
	newest := w.do("", "GET", "/metadata/endpoints?api-version=2022-09-01", "")
	for path, want := range map[string]any{
		"microsoftGraphResourceId": w.server.URL + "/", "authentication.identityProvider": "AAD", "authentication.tenant": "common",
		"authentication.loginEndpoint": w.server.URL + "/adfs",
	} {
		if got := newest.at(path); got != want {
			t.Errorf("%s of 2022-09-01 is %v, want %v", path, got, want)
		}
	}
	if a := w.do("", "GET", "/metadata/endpoints?api-version=2019-05-01", ""); !strings.Contains(string(a.body), `"identityProvider":"ADFS"`) {
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
	for path, want := range map[string]int{
		"/adfs/oauth2/v2.0/token": 200, "/adfs/" + tenant + "/oauth2/v2.0/token": 200, "/" + tenant + "/oauth2/v2.0/token": 200,
		"/common/oauth2/v2.0/token": 200, "/organizations/oauth2/v2.0/token": 200, "/" + strings.ToUpper(tenant) + "/oauth2/v2.0/token": 200,
		"/adfs/" + sub1 + "/oauth2/v2.0/token": 400, "/x/y/oauth2/v2.0/token": 404,
	} {
		a := w.form(path, url.Values{"grant_type": {"client_credentials"}, "client_id": {admin}, "client_secret": {secret}, "scope": {w.server.URL + "/.default"}})
		if a.StatusCode != want {
			t.Errorf("%s: got %d %s", path, a.StatusCode, a.body)
		}
		if issued, _ := a.at("access_token").(string); want == 200 {
			w.want(t, w.do(issued, "GET", "/subscriptions"+v, ""), 200, "")
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
	w.others[0].ServeHTTP(elsewhere, r)
	if elsewhere.Code != 200 || !strings.Contains(elsewhere.Body.String(), "access_token") {
		t.Errorf("another replica answered %d %s", elsewhere.Code, elsewhere.Body)
	}
	if a := poll(); a.at("error") != "expired_token" {
		t.Errorf("a code was good twice: %s", a.body)
	}
	codeOf := func() string {
		return w.form("/adfs/oauth2/devicecode", url.Values{"client_id": {"az"}}).at("user_code").(string)
	}
	approved := 1
	for ; approved < 30; approved++ {
		a := enter(codeOf(), secret)
		if a.StatusCode == 429 && a.Header.Get("Retry-After") != "" {
			break
		}
		if a.StatusCode != 200 {
			t.Fatalf("got %d %s", a.StatusCode, a.body)
		}
	}
	var kept corev1.SecretList
	must(t, w.client.List(t.Context(), &kept, client.HasLabels{"lotse.dev/device-approval"}))
	if approved != 10 || len(kept.Items) != 10 {
		t.Errorf("a user approved %d devices, and %d approvals are kept; want 10", approved, len(kept.Items))
	}
	for _, s := range kept.Items {
		if len(s.OwnerReferences) != 1 || s.OwnerReferences[0].Name != anna || s.OwnerReferences[0].UID == "" {
			t.Errorf("approval %s does not end with its user: %+v", s.Name, s.OwnerReferences)
		}
	}
}

func floodOfLogIns(t *testing.T, w *world) {
	raw := func(head string) (status int, took time.Duration) {
		c, err := tls.Dial("tcp", strings.TrimPrefix(w.server.URL, "https://"), w.server.Client().Transport.(*http.Transport).TLSClientConfig.Clone())
		must(t, err)
		defer c.Close()
		must(t, c.SetDeadline(time.Now().Add(20*time.Second)))
		began := time.Now()
		_, err = c.Write([]byte(head))
		must(t, err)
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		must(t, err)
		a.Body.Close()
		return a.StatusCode, time.Since(began)
	}
	host := "Host: " + strings.TrimPrefix(w.server.URL, "https://") + "\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for _, path := range []string{"/adfs/oauth2/token", "/adfs/oauth2/deviceauth", "/common/oauth2/v2.0/token"} {
		if status, took := raw("POST " + path + " HTTP/1.1\r\n" + host + "Content-Length: 10000000\r\n\r\na=b"); status != 413 || took > 9*time.Second {
			t.Errorf("10 MB at %s: %d after %v", path, status, took)
		}
	}
	if status, took := raw("POST /adfs/oauth2/token HTTP/1.1\r\n" + host + "Content-Length: 100\r\n\r\na=b"); status != 400 {
		t.Errorf("a form of which half comes: %d after %v", status, took)
	}
	if a := w.do("", "GET", "/metadata/endpoints?api-version=2015-01-01", "", "X", "y"); a.StatusCode != 200 {
		t.Errorf("got %d", a.StatusCode)
	}
	r, err := http.NewRequest(http.MethodGet, w.server.URL+"/metadata/endpoints?api-version=2015-01-01", nil)
	must(t, err)
	r.Host = "evil.example"
	a, err := w.server.Client().Do(r)
	must(t, err)
	a.Body.Close()
	if a.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host is answered %d", a.StatusCode)
	}
}

// flipped is a code with one letter mistyped.
func flipped(code string) string {
	if code[0] == 'B' {
		return "C" + code[1:]
	}
	return "B" + code[1:]
}
