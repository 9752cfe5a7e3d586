package adfs

import (
	"net/http"

	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

type configuration struct {
	Issuer                      string   `json:"issuer"`
	AuthorizationEndpoint       string   `json:"authorization_endpoint"`
	TokenEndpoint               string   `json:"token_endpoint"`
	DeviceAuthorizationEndpoint string   `json:"device_authorization_endpoint"`
	KeysURI                     string   `json:"jwks_uri"`
	ResponseTypes               []string `json:"response_types_supported"`
	SubjectTypes                []string `json:"subject_types_supported"`
	Algorithms                  []string `json:"id_token_signing_alg_values_supported"`
	GrantTypes                  []string `json:"grant_types_supported"`
	ClientAuthentication        []string `json:"token_endpoint_auth_methods_supported"`
	Scopes                      []string `json:"scopes_supported"`
}

func (l *Login) openID(w http.ResponseWriter, r *route.Request) error {
	a := authority(r)
	return route.JSON(w, http.StatusOK, configuration{
		Issuer:                      a,
		AuthorizationEndpoint:       a + "/oauth2/authorize",
		TokenEndpoint:               a + "/oauth2/token",
		DeviceAuthorizationEndpoint: a + "/oauth2/devicecode",
		KeysURI:                     a + "/discovery/keys",
		ResponseTypes:               []string{"token"},
		SubjectTypes:                []string{"public"},
		Algorithms:                  []string{"RS256"},
		GrantTypes:                  []string{grantClient, grantPassword, grantRefresh, grantDevice},
		ClientAuthentication:        []string{"client_secret_post", "client_secret_basic"},
		Scopes:                      []string{"openid", "profile", "offline_access"},
	})
}

func (l *Login) keys(w http.ResponseWriter, _ *route.Request) error {
	return route.JSON(w, http.StatusOK, map[string][]identity.JWK{"keys": l.issuer.Keys()})
}
