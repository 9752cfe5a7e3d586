package controlplane

import "lotse.dev/api/v1alpha1"

// Issuer of service account tokens, the same in every cluster, as upstream's default is: clusters differ in their signing keys.
const Issuer = "https://kubernetes.default.svc.cluster.local"

// issuerFlags set the issuers of service account tokens. The first issuer is in new tokens, all are accepted: tokens from before a cluster got its
// public issuer stay valid. Tokens that others accept too live no longer than a day and are not extended, as in AKS.
func (s Spec) issuerFlags() []string {
	if s.OIDCIssuerURL == "" {
		return []string{"--service-account-issuer=" + Issuer}
	}
	return []string{
		"--service-account-issuer=" + s.OIDCIssuerURL,
		"--service-account-issuer=" + Issuer,
		"--service-account-jwks-uri=" + v1alpha1.OIDCKeysURL(s.OIDCIssuerURL),
		"--service-account-max-token-expiration=24h",
		"--service-account-extend-token-expiration=false",
	}
}
