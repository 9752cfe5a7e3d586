package credentials

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/pki"
)

// authorityName is how the authorities' keys and certificates are named also where a component has one.
const authorityName = "-ca"

// Expiry is when the certificates end that the Secrets of a cluster hold; nil if that cannot be said.
func Expiry(held Contents) *v1alpha1.CertificateExpiry {
	var e v1alpha1.CertificateExpiry
	for _, secret := range slices.Sorted(maps.Keys(held)) {
		if secret != v1alpha1.SecretPKI {
			earliest(&e, secret, held[secret])
		}
	}
	e.AuthoritiesNotAfter = metav1.NewTime(pki.AuthoritiesNotAfter(held[v1alpha1.SecretPKI]))
	if e.First == "" || e.AuthoritiesNotAfter.IsZero() { // none is there, or the authorities cannot be read
		return nil
	}
	return &e
}

// earliest of the certificates that come with their key.
func earliest(e *v1alpha1.CertificateExpiry, secret string, data map[string][]byte) {
	for _, key := range slices.Sorted(maps.Keys(data)) {
		name, isCertificate := strings.CutSuffix(key, ".crt")
		if !isCertificate || strings.HasSuffix(name, authorityName) || len(data[name+".key"]) == 0 {
			continue
		}
		end, err := pki.NotAfter(data[key])
		if err == nil && (e.First == "" || end.Before(e.NotAfter.Time)) {
			e.First, e.NotAfter = secret+"/"+name, metav1.NewTime(end)
		}
	}
}
