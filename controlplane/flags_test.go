package controlplane

import (
	"slices"
	"strings"
	"testing"
)

func TestIssuers(t *testing.T) {
	for sentence, c := range map[string]struct {
		url        string
		want, jwks []string
	}{
		"a cluster without a public issuer has the default one":  {"", []string{Issuer}, nil},
		"a public issuer is the first, the default one accepted": {"https://lotse/oic/t/1/", []string{"https://lotse/oic/t/1/", Issuer}, []string{"https://lotse/oic/t/1/openid/v1/jwks"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := exampleSpec()
			s.OIDCIssuerURL = c.url
			flags := s.apiServerFlags()
			if got := valuesOf(flags, "--service-account-issuer="); !slices.Equal(got, c.want) {
				t.Errorf("issuers are %v", got)
			}
			if got := valuesOf(flags, "--service-account-jwks-uri="); !slices.Equal(got, c.jwks) {
				t.Errorf("the keys are at %v", got)
			}
		})
	}
}

func valuesOf(flags []string, name string) (values []string) {
	for _, f := range flags {
		if value, ok := strings.CutPrefix(f, name); ok {
			values = append(values, value)
		}
	}
	return values
}
