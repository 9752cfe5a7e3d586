package credentials

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/pki"
)

var born = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func example() Cluster {
	return Cluster{
		Ref:         controlplane.Ref{Cluster: "shop-abc", Subscription: "s"},
		Name:        "Shop",
		Network:     v1alpha1.NetworkSpec{ServiceCIDR: "10.0.0.0/16"},
		Endpoint:    v1alpha1.Endpoint{Host: "100.98.0.1", Port: 31000, InternalHost: "100.97.3.4", InternalPort: 6443},
		EtcdAddress: "100.97.3.5",
	}
}

func fill(t *testing.T, c Cluster, held Contents, now time.Time, r pki.Roots) (Contents, []Issued) {
	t.Helper()
	contents, issued, err := Secrets(c, r, held, now)
	if err != nil {
		t.Fatal(err)
	}
	return contents, issued
}

func roots(t *testing.T) pki.Roots {
	t.Helper()
	data, err := pki.Complete(nil, born)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pki.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSecretsAreKeptWhileTheyServe(t *testing.T) {
	r := roots(t)
	first, issued := fill(t, example(), nil, born, r)
	if len(issued) != 15 {
		t.Errorf("a new cluster got %d certificates, want 15", len(issued))
	}
	again, issued := fill(t, example(), first, born.Add(24*time.Hour), r)
	if len(issued) != 0 {
		t.Errorf("a second call issued %v", issued)
	}
	same := func(a, b map[string][]byte) bool { return maps.EqualFunc(a, b, bytes.Equal) }
	if !maps.EqualFunc(first, again, same) {
		t.Error("a second call changed the Secrets")
	}
}

func TestRenewal(t *testing.T) {
	r := roots(t)
	first, all := fill(t, example(), nil, born, r)
	_, issued := fill(t, example(), first, born.Add(300*24*time.Hour), r)
	if len(issued) != len(all) {
		t.Errorf("after ten months %d of %d certificates were renewed", len(issued), len(all))
	}
}

func TestNoCertificateOfPeopleIsStored(t *testing.T) {
	contents, _ := fill(t, example(), nil, born, roots(t))
	for secret, data := range contents {
		for key, content := range data {
			block, _ := pem.Decode(content)
			if block == nil || block.Type != "CERTIFICATE" {
				continue
			}
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			for _, group := range certificate.Subject.Organization {
				if group == v1alpha1.GroupClusterAdmins || group == v1alpha1.GroupClusterUsers {
					t.Errorf("%s/%s is in group %s", secret, key, group)
				}
			}
		}
	}
}

func TestOnlyTheControllerManagerHoldsTheAuthoritysKey(t *testing.T) {
	r := roots(t)
	contents, _ := fill(t, example(), nil, born, r)
	for secret, data := range contents {
		for key, content := range data {
			holds := bytes.Contains(content, r.Cluster.Key) || bytes.Contains(content, r.Etcd.Key) || bytes.Contains(content, r.FrontProxy.Key)
			if holds && secret != v1alpha1.ComponentControllerManager {
				t.Errorf("%s/%s holds an authority's key", secret, key)
			}
		}
	}
}

func TestAPublicNameIsACertificateName(t *testing.T) {
	c := example()
	c.Endpoint.Host = "lotse.example.org"
	names, err := c.serverNames()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(names.DNSNames, "lotse.example.org") || len(names.Addresses) != 3 {
		t.Errorf("names %v, addresses %v", names.DNSNames, names.Addresses)
	}
}

func TestANetworkThatCannotBeReadIsNamed(t *testing.T) {
	c := example()
	c.Network.ServiceCIDR = "10.0.0.0"
	if _, _, err := Secrets(c, roots(t), nil, born); err == nil || !strings.Contains(err.Error(), "write it like 10.0.0.0/16") {
		t.Errorf("err = %v, want one that says how to write it", err)
	}
}

func TestDue(t *testing.T) {
	r := roots(t)
	issued, _ := fill(t, example(), nil, born, r)
	without := func(secret, key string) Contents {
		c := maps.Clone(issued)
		c[secret] = maps.Clone(issued[secret])
		delete(c[secret], key)
		return c
	}
	moved := example()
	moved.Endpoint.Host = "lotse.example.org"
	tests := map[string]struct {
		cluster Cluster
		held    Contents
		now     time.Time
		want    bool
	}{
		"a new cluster needs all credentials":               {example(), nil, born, true},
		"credentials that serve are kept":                   {example(), issued, born.Add(24 * time.Hour), false},
		"a certificate that expires is renewed":             {example(), issued, born.Add(300 * 24 * time.Hour), true},
		"a lost certificate is issued again":                {example(), without(v1alpha1.ComponentScheduler, "client.crt"), born, true},
		"a lost file is written again":                      {example(), without(v1alpha1.ComponentAPIServer, "egress.yaml"), born, true},
		"a lost kubeconfig is rendered again":               {example(), without(v1alpha1.SecretServiceKubeconfig, v1alpha1.KeyKubeconfig), born, true},
		"another public address changes what customers get": {moved, issued, born, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Due(tt.cluster, r, tt.held, tt.now)
			if err != nil || got != tt.want {
				t.Errorf("Due = %v, %v; want %v", got, err, tt.want)
			}
		})
	}
	broken := example()
	broken.Network.ServiceCIDR = "10.0.0.0"
	if _, err := Due(broken, r, issued, born); err == nil {
		t.Error("a network that cannot be read is accepted")
	}
}
