package wire

import "lotse.dev/api/v1alpha1"

// issuerProfile is AKS's ManagedClusterOIDCIssuerProfile.
type issuerProfile struct {
	Enabled   bool   `json:"enabled"`
	IssuerURL string `json:"issuerURL,omitempty"`
}

func issuerProfileOf(spec v1alpha1.ManagedClusterSpec) issuerProfile {
	return issuerProfile{Enabled: spec.OIDCIssuerURL != "", IssuerURL: spec.OIDCIssuerURL}
}
