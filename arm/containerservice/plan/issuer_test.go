package plan

import (
	"testing"

	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/fault"
)

func TestIssuer(t *testing.T) {
	const had, offered = "https://lotse/oic/t/1/", "https://lotse/oic/t/2/"
	for sentence, c := range map[string]struct {
		has     string
		asked   bool
		offered string
		want    string
		refused bool
	}{
		"a cluster that asks for no issuer gets none":         {"", false, offered, "", false},
		"one that asks gets a URL of its own":                 {"", true, offered, offered, false},
		"one that has an issuer keeps its URL":                {had, true, offered, had, false},
		"also when it is not asked for again":                 {had, false, offered, had, false},
		"and when the front door has lost its public address": {had, true, "", had, false},
		"a front door without a public address offers none":   {"", true, "", "", true},
	} {
		t.Run(sentence, func(t *testing.T) {
			present := existing()
			present.Object.Spec.OIDCIssuerURL = c.has
			got, err := Cluster(asks(present, func(r *request.Cluster) { r.Issuer = c.asked }), Facts{Present: present, Catalogue: releases, Issuer: c.offered})
			if c.refused {
				if err == nil || fault.Of(err).Target != "properties.oidcIssuerProfile.enabled" {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || got.OIDCIssuerURL != c.want {
				t.Errorf("got %q, %v; want %q", got.OIDCIssuerURL, err, c.want)
			}
		})
	}
}
