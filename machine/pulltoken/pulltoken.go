// Package pulltoken is how a machine proves to Lotse's registry whose images it may pull: a token of its own that names its subscription and
// its cluster. The registry verifies it by the public half of a key, without a request to Lotse, so machines pull while Lotse is down. A token
// lives shortly and is renewed as long as its machine exists; when a cluster is deleted, the registry accepts its tokens no more.
package pulltoken

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// Lifetime of a token.
	Lifetime = 6 * time.Hour
	// Renew is the remaining lifetime below which a token is replaced: so long Lotse may be down and machines still pull.
	Renew = 4 * time.Hour
)

// Names that the registry expects (images/components/registry/gate).
const (
	issuer   = "lotse"
	audience = "registry"
)

// Token and when it expires. The zero Token is none.
type Token struct {
	Text  string
	Until time.Time
}

// Due reports whether a machine needs another token.
func (t Token) Due(now time.Time) bool { return t.Until.Before(now.Add(Renew)) }

// Machine that gets a token.
type Machine struct {
	// Name that is unique among machines; for people who read tokens.
	Name string
	// Subscription is the ID of the subscription whose images it pulls, and ClusterUID the UID of its cluster.
	Subscription, ClusterUID string
}

type claims struct {
	jwt.RegisteredClaims
	Subscription string `json:"subscription"`
	Cluster      string `json:"cluster"`
}

// Minter of tokens.
type Minter struct{ key ed25519.PrivateKey }

// NewMinter reads a PEM Ed25519 key (PKCS #8).
func NewMinter(keyPEM []byte) (*Minter, error) {
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return nil, errors.New("key of pull tokens: no PEM block found")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key of pull tokens: %w", err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key of pull tokens: want an Ed25519 key, got %T", parsed)
	}
	return &Minter{key}, nil
}

// Mint a token for a machine.
func (m *Minter) Mint(who Machine, now time.Time) (Token, error) {
	until := now.Add(Lifetime).Truncate(time.Second)
	text, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: who.Name,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(until),
		},
		Subscription: who.Subscription, Cluster: who.ClusterUID,
	}).SignedString(m.key)
	if err != nil {
		return Token{}, fmt.Errorf("pull token of %s: %w", who.Name, err)
	}
	return Token{text, until}, nil
}
