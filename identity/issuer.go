package identity

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
)

// Lifetimes of tokens. az caches an access token for its lifetime, so roles, principal and secret are looked up at every request.
const (
	AccessLifetime  = time.Hour
	RefreshLifetime = 24 * time.Hour
)

// Uses keep a token from serving as another kind of token.
const (
	useAccess  = "access"
	useID      = "id"
	useRefresh = "refresh"
)

// A token's audience is a string, as Azure's is: clients such as Terraform's azurerm read no array.
func init() { jwt.MarshalSingleStringAsArray = false }

// Issuer signs and reads Lotse's tokens. All of its state is one RSA key, so tokens stay valid over restarts.
type Issuer struct {
	key   *rsa.PrivateKey
	keyID string
	clock clock.PassiveClock
	// verified are claims of tokens whose signature was right, by the token's hash.
	verified *lru.Cache
}

// maxVerified tokens are remembered. Beyond them the one that was not used for longest is verified again.
const maxVerified = 4096

// leeway for clocks of clients that are not right.
const leeway = time.Minute

// Claims of Lotse's tokens, named as Azure's.
type Claims struct {
	jwt.RegisteredClaims
	Use      string `json:"token_use"`
	ObjectID string `json:"oid"`
	AppID    string `json:"appid,omitempty"`
	TenantID string `json:"tid"`
	Name     string `json:"name,omitempty"`
	UPN      string `json:"upn,omitempty"`
	// Secret is the ID of the secret that was used to log in: the token ends with it.
	Secret string `json:"secret,omitempty"`
}

// NewIssuer reads a PEM RSA key (PKCS #1 or PKCS #8) of at least 2048 bits.
func NewIssuer(keyPEM []byte, c clock.PassiveClock) (*Issuer, error) {
	key, err := parseKey(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	if key.N.BitLen() < 2048 {
		return nil, fmt.Errorf("signing key: RSA key has %d bits, want at least 2048", key.N.BitLen())
	}
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	return &Issuer{key: key, keyID: base64.RawURLEncoding.EncodeToString(sum[:12]), clock: c, verified: lru.New(maxVerified)}, nil
}

func parseKey(keyPEM []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return nil, errors.New("no PEM block found")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("want an RSA key, got %T", parsed)
	}
	return key, nil
}

// Access issues an access token for one audience.
func (i *Issuer) Access(who Identity, issuer, audience string) (string, error) {
	return i.sign(who.claims(useAccess), issuer, audience, AccessLifetime)
}

// ID issues an ID token to the application that the user logged in with.
func (i *Issuer) ID(who Identity, issuer, application string) (string, error) {
	return i.sign(who.claims(useID), issuer, application, AccessLifetime)
}

// Refresh issues a refresh token.
func (i *Issuer) Refresh(who Identity, issuer string) (string, error) {
	return i.sign(who.claims(useRefresh), issuer, issuer, RefreshLifetime)
}

func (i *Issuer) sign(c Claims, issuer, audience string, lifetime time.Duration) (string, error) {
	now := i.clock.Now()
	c.Issuer, c.Audience = issuer, jwt.ClaimStrings{audience}
	c.IssuedAt, c.NotBefore, c.ExpiresAt = jwt.NewNumericDate(now), jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(lifetime))
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	token.Header["kid"] = i.keyID
	token.Header["x5t"] = i.keyID
	return token.SignedString(i.key)
}

// ReadAccess verifies an access token for one of the audiences.
func (i *Issuer) ReadAccess(token string, audiences ...string) (Claims, error) {
	return i.read(token, useAccess, audiences)
}

// ReadRefresh verifies a refresh token of this issuer.
func (i *Issuer) ReadRefresh(token, issuer string) (Claims, error) {
	return i.read(token, useRefresh, []string{issuer})
}

// read verifies a token. The signature is verified once: what was signed does not change. Everything that can change is checked each time.
func (i *Issuer) read(token, use string, audiences []string) (Claims, error) {
	hash := sha256.Sum256([]byte(token))
	if known, found := i.verified.Get(hash); found {
		if c, ok := known.(Claims); ok && valid(c, use, audiences, i.clock.Now()) {
			return c, nil
		}
	}
	c, err := i.verify(token, use, audiences)
	if err != nil {
		i.verified.Remove(hash)
		return c, err
	}
	i.verified.Add(hash, c)
	return c, nil
}

// valid decides whether claims that were verified still let their token in. If not, the token is read again to say why.
func valid(c Claims, use string, audiences []string, now time.Time) bool {
	asked := func(audience string) bool { return slices.Contains(audiences, audience) }
	return c.Use == use && c.ExpiresAt != nil && now.Before(c.ExpiresAt.Add(leeway)) && (c.NotBefore == nil || !now.Before(c.NotBefore.Add(-leeway))) &&
		(c.IssuedAt == nil || !now.Before(c.IssuedAt.Add(-leeway))) && slices.ContainsFunc(c.Audience, asked)
}

func (i *Issuer) verify(token, use string, audiences []string) (Claims, error) {
	var c Claims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return &i.key.PublicKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(i.clock.Now),
		jwt.WithAudience(audiences...))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && c.ExpiresAt != nil: // the signature was right, or this would not be known
		return Claims{}, &ExpiredError{At: c.ExpiresAt.Time, Now: i.clock.Now()}
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return Claims{}, &AudienceError{Audience: strings.Join(c.Audience, ", ")}
	case err != nil:
		return Claims{}, err
	}
	if c.Use != use {
		return Claims{}, fmt.Errorf("this is not a token for %s", use)
	}
	return c, nil
}

// ExpiredError is a valid token that has expired.
type ExpiredError struct{ At, Now time.Time }

func (e *ExpiredError) Error() string { return "it expired at " + e.At.UTC().Format(time.RFC3339) }

// AudienceError is a token for another audience.
type AudienceError struct{ Audience string }

func (e *AudienceError) Error() string { return "it was issued for " + e.Audience }

// JWK is a public key as JSON (RFC 7517).
type JWK struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	N   string `json:"n"`
	E   string `json:"e"`
}

// Keys that verify the issuer's tokens.
func (i *Issuer) Keys() []JWK {
	encode := base64.RawURLEncoding.EncodeToString
	return []JWK{{
		Kty: "RSA", Use: "sig", Alg: "RS256", Kid: i.keyID,
		N: encode(i.key.N.Bytes()), E: encode(big.NewInt(int64(i.key.E)).Bytes()),
	}}
}

// Public is the key that verifies the issuer's tokens.
func (i *Issuer) Public() crypto.PublicKey { return &i.key.PublicKey }
