package main

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lotse.dev/client"
)

func TestIdentityEndpoint(t *testing.T) {
	frontDoor := httptest.NewTLSServer(newFakeFrontDoor())
	defer frontDoor.Close()
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: frontDoor.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Credential{Endpoint: frontDoor.URL, AppID: "app-1", Secret: "right", CAFile: ca})
	if err != nil {
		t.Fatal(err)
	}
	endpoint := &identityEndpoint{client: c, key: "the-key"}
	for sentence, q := range map[string]struct {
		method, path, header, key string
		want                      int
	}{
		"az asks with its header":             {"GET", "/msi/token/?api-version=2017-09-01&resource=" + frontDoor.URL + "/", "secret", "the-key", 200},
		"an SDK asks with its own":            {"GET", "/msi/token?api-version=2019-08-01&resource=" + frontDoor.URL, "X-IDENTITY-HEADER", "the-key", 200},
		"the identity may be named":           {"GET", "/msi/token?client_id=APP-1&resource=" + frontDoor.URL, "secret", "the-key", 200},
		"another identity is not here":        {"GET", "/msi/token?client_id=app-2&resource=" + frontDoor.URL, "secret", "the-key", 400},
		"without the key there is no token":   {"GET", "/msi/token?resource=" + frontDoor.URL, "Metadata", "true", 401},
		"with a wrong key there is none":      {"GET", "/msi/token?resource=" + frontDoor.URL, "secret", "the-ke", 401},
		"a token for another service is none": {"GET", "/msi/token?resource=https://graph.example/", "secret", "the-key", 400},
		"a form that a page may send is none": {"POST", "/msi/token?resource=" + frontDoor.URL, "secret", "the-key", 405},
		"elsewhere there is nothing":          {"GET", "/metadata/identity/oauth2/token?resource=" + frontDoor.URL, "secret", "the-key", 404},
	} {
		t.Run(sentence, func(t *testing.T) {
			r, w := httptest.NewRequest(q.method, q.path, nil), httptest.NewRecorder()
			r.Header.Set(q.header, q.key)
			endpoint.ServeHTTP(w, r)
			if w.Code != q.want || strings.Contains(w.Body.String(), fakeToken) != (q.want == http.StatusOK) {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			var answer map[string]string
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			if q.want == http.StatusOK && (answer["expires_on"] == "" || answer["client_id"] != "app-1") {
				t.Errorf("got %s", w.Body)
			}
		})
	}
}
