package request

import (
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
)

// decodeIssuer reads the OIDC issuer profile. As in AKS, an issuer that was enabled stays: others trust the tokens that name it.
func decodeIssuer(o *body.Object, req *Cluster) {
	o.ReadOnly("issuerURL")
	enabled, sent := o.Bool("enabled")
	if sent && !enabled && req.Spec.OIDCIssuerURL != "" {
		o.Fail(fault.New(fault.OIDCIssuerStays, "OIDC issuer feature cannot be disabled: verifiers may trust tokens of '%s'. Leave %s out, or send true.",
			req.Spec.OIDCIssuerURL, o.Path("enabled")).At(o.Path("enabled")))
	}
	req.Issuer = enabled
	_ = o.Finish() // the root returns the faults
}
