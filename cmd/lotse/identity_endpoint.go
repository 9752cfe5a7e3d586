package main

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"lotse.dev/client"
)

// identityEndpoint issues tokens as the identity endpoint of Azure's App Service does, in its api-versions 2017-09-01 (az) and 2019-08-01
// (the SDKs).
type identityEndpoint struct {
	client *client.Client
	// key that a caller must send. Without it every user of the machine could get tokens.
	key string
}

type identityToken struct {
	AccessToken string `json:"access_token"`
	ExpiresOn   string `json:"expires_on"`
	Resource    string `json:"resource"`
	TokenType   string `json:"token_type"`
	ClientID    string `json:"client_id"`
}

// ServeHTTP implements http.Handler.
func (e *identityEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	endpoint := e.client.Credential.Endpoint
	asked := ""
	for _, name := range []string{"client_id", "clientid", "principal_id", "object_id"} {
		asked += query.Get(name)
	}
	switch {
	case strings.TrimSuffix(r.URL.Path, "/") != "/msi/token":
		refuseToken(w, http.StatusNotFound, "not_found", "Tokens are at /msi/token.")
	case r.Method != http.MethodGet:
		refuseToken(w, http.StatusMethodNotAllowed, "invalid_request", "Ask with GET.")
	case !e.knowsKey(r):
		refuseToken(w, http.StatusUnauthorized, "unauthorized", "The header X-IDENTITY-HEADER (or secret) is missing or wrong.")
	case strings.TrimRight(query.Get("resource"), "/") != endpoint:
		refuseToken(w, http.StatusBadRequest, "invalid_resource", "Tokens are only for "+endpoint+"/, not for "+query.Get("resource")+".")
	case asked != "" && !strings.EqualFold(asked, e.client.Credential.AppID):
		refuseToken(w, http.StatusBadRequest, "invalid_request", "The only identity here is "+e.client.Credential.AppID+".")
	default:
		e.answer(w, r)
	}
}

func (e *identityEndpoint) knowsKey(r *http.Request) bool {
	key := r.Header.Get("X-Identity-Header")
	if key == "" {
		key = r.Header.Get("Secret")
	}
	return subtle.ConstantTimeCompare([]byte(key), []byte(e.key)) == 1
}

func (e *identityEndpoint) answer(w http.ResponseWriter, r *http.Request) {
	token, expires, err := e.client.Token(r.Context())
	if err != nil {
		refuseToken(w, http.StatusBadGateway, "server_error", err.Error())
		return
	}
	writeJSON(w, http.StatusOK, identityToken{
		AccessToken: token, ExpiresOn: strconv.FormatInt(expires.Unix(), 10), Resource: e.client.Credential.Endpoint + "/",
		TokenType: "Bearer", ClientID: e.client.Credential.AppID,
	})
}

func refuseToken(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": description, "message": description})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone if this fails
}
