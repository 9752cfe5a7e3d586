package request

import (
	"testing"

	"lotse.dev/arm/containerservice/state"
)

const issuerURL = "https://lotse.example.org/oic/t/1/"

// issuing is the present cluster with an OIDC issuer.
func issuing() state.Cluster {
	c := present
	c.Object = present.Object.DeepCopy()
	c.Object.Spec.OIDCIssuerURL = issuerURL
	return c
}

func TestIssuerAskedFor(t *testing.T) {
	for sentence, c := range map[string]struct {
		profile string
		present state.Cluster
		asked   bool
	}{
		"a body without a profile asks for none":           {`{}`, present, false},
		"one without an issuer may send false":             {`{"enabled":false}`, present, false},
		"a cluster may ask for one":                        {`{"enabled":true}`, present, true},
		"one that has an issuer may ask again":             {`{"enabled":true}`, issuing(), true},
		"what was read can be written":                     {`{"enabled":true,"issuerURL":"` + issuerURL + `"}`, issuing(), true},
		"an old client's body without it changes nothing":  {`null`, issuing(), false},
		"an empty URL, as Terraform sends it, is not sent": {`{"enabled":true,"issuerURL":""}`, present, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := decode(t, `{"location":"local","properties":{"oidcIssuerProfile":`+c.profile+`}}`, c.present)
			if err != nil {
				t.Fatal(err)
			}
			if got.Issuer != c.asked || got.Spec.OIDCIssuerURL != c.present.Object.Spec.OIDCIssuerURL {
				t.Errorf("asked %v, URL %q", got.Issuer, got.Spec.OIDCIssuerURL)
			}
		})
	}
}
