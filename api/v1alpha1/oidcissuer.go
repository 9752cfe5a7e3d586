package v1alpha1

import "strings"

// OIDCKeysPath is where an issuer's keys are, below its URL, as Kubernetes has it.
const OIDCKeysPath = "/openid/v1/jwks"

// OIDCKeysURL is where the keys of an issuer are served.
func OIDCKeysURL(issuer string) string { return strings.TrimSuffix(issuer, "/") + OIDCKeysPath }
