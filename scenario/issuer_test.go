package scenario

import (
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// trustTokens verifies a token of the cluster as a cloud does that federates with it: it knows the issuer's URL alone, and asks the front door, not
// the cluster.
func (a *azure) trustTokens(s *story) {
	s.Helper()
	s.step("a verifier outside trusts a token of the cluster by its issuer's URL")
	shown, err := a.clusters.Get(s.ctx, s.group, s.cluster.name, nil)
	s.need(err)
	profile := shown.Properties.OidcIssuerProfile
	if profile == nil || profile.Enabled == nil || !*profile.Enabled || profile.IssuerURL == nil {
		s.fail("the issuer profile is %+v", profile)
	}
	trust, err := lotse.client.Credential.TLS()
	s.need(err)
	ctx := oidc.ClientContext(s.ctx, &http.Client{Transport: &http.Transport{TLSClientConfig: trust}})
	issuer, err := oidc.NewProvider(ctx, *profile.IssuerURL)
	s.need(err)
	const audience = "api://AzureADTokenExchange"
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: []string{audience}}}
	token, err := s.kube.CoreV1().ServiceAccounts(s.namespace).CreateToken(s.ctx, "default", request, metav1.CreateOptions{})
	s.need(err)
	read, err := issuer.Verifier(&oidc.Config{ClientID: audience}).Verify(ctx, token.Status.Token)
	s.need(err)
	if want := "system:serviceaccount:" + s.namespace + ":default"; read.Subject != want {
		s.fail("the token is of %s, want %s", read.Subject, want)
	}
}
