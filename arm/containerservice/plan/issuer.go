package plan

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

// planIssuer gives a cluster that asks for an OIDC issuer a URL of its own, unless it has one.
func planIssuer(spec *v1alpha1.ManagedClusterSpec, asked bool, url string) error {
	if !asked || spec.OIDCIssuerURL != "" {
		return nil
	}
	if url == "" {
		const target = "properties.oidcIssuerProfile.enabled"
		return fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: true is not supported by this front door, whose public "+
			"address is not configured. Ask its operator to start it with lotse serve --public-url.", target).At(target)
	}
	spec.OIDCIssuerURL = url
	return nil
}
