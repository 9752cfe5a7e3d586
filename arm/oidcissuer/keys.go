package oidcissuer

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"lotse.dev/api/v1alpha1"
)

// KeySet of an issuer, as RFC 7517 writes it. It holds public keys only.
type KeySet = jose.JSONWebKeySet

// Discovery is the document of an issuer, with the same fields as Kubernetes' own.
type Discovery struct {
	Issuer        string   `json:"issuer"`
	KeysURI       string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported"`
	SubjectTypes  []string `json:"subject_types_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
}

// Discover makes the document of the issuer with this URL and these keys.
func Discover(url string, keys KeySet) Discovery {
	d := Discovery{
		Issuer: url, KeysURI: v1alpha1.OIDCKeysURL(url),
		ResponseTypes: []string{"id_token"}, SubjectTypes: []string{"public"}, Algorithms: []string{},
	}
	for _, k := range keys.Keys {
		if !slices.Contains(d.Algorithms, k.Algorithm) {
			d.Algorithms = append(d.Algorithms, k.Algorithm)
		}
	}
	return d
}

// Keys reads public keys in PEM, one or several. Each has the ID that Kubernetes gives it in the header of tokens.
func Keys(content []byte) (KeySet, error) {
	set := KeySet{Keys: []jose.JSONWebKey{}}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return KeySet{}, fmt.Errorf("public key of an OIDC issuer: %w", err)
		}
		algorithm, err := algorithmOf(public)
		if err != nil {
			return KeySet{}, err
		}
		sum := sha256.Sum256(block.Bytes)
		set.Keys = append(set.Keys, jose.JSONWebKey{
			Key: public, KeyID: base64.RawURLEncoding.EncodeToString(sum[:]), Algorithm: algorithm, Use: "sig",
		})
	}
	if len(set.Keys) == 0 {
		return KeySet{}, fmt.Errorf("%s of an OIDC issuer holds no public key in PEM", keyVerification)
	}
	return set, nil
}

// algorithmOf a key, as Kubernetes signs with it.
func algorithmOf(public any) (string, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return string(jose.RS256), nil
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return string(jose.ES256), nil
		case 384:
			return string(jose.ES384), nil
		case 521:
			return string(jose.ES512), nil
		}
	}
	return "", fmt.Errorf("no token is signed with a key of type %T", public)
}
