// Package bootstrap is how a machine proves to its cluster that it is the one the service made: a new machine by a certificate that comes with it,
// one that came back without its disk by a bootstrap token of its own.
//
// The certificate is in the machine's Secret until the node is Ready, and is valid for a day. The kubelet keeps it on the machine's disk and renews it
// by a certificate request, as every kubelet does.
//
// A token lives as long as its machine, in the machine's boot file. It is published in the hosted cluster only while the machine's node is
// not Ready and no new certificate came with it: then the machine may need one, because it came back on a new disk. As soon as the node is
// Ready the token is revoked there, so what is left in the boot file of a healthy machine gives no access. A published token also expires
// soon by itself, in case the service dies before it revokes it.
//
// The token only authenticates: package csr decides which certificates are approved, and ties each token to one hostname.
package bootstrap

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// Group of every machine that has only its token yet. In the hosted cluster it may create certificate requests and nothing else.
	Group = "system:bootstrappers:lotse"
	// Lifetime of a token in the hosted cluster, counted from when it was last published.
	Lifetime = time.Hour
	// Renew is the remaining lifetime below which a token is published again. It is close to Lifetime, so that a token that was deleted in
	// the hosted cluster is back within minutes.
	Renew = Lifetime - 5*time.Minute

	userPrefix   = "system:bootstrap:"
	secretPrefix = "bootstrap-token-"
	alphabet     = "abcdefghijklmnopqrstuvwxyz234567"
)

var form = regexp.MustCompile(`^([a-z0-9]{6})\.([a-z0-9]{16})$`)

// Token is "id.secret", as kubeadm writes it.
type Token string

// Mint a token. The alphabet has 32 letters, so no letter is likelier than another.
func Mint() Token {
	b := make([]byte, 22)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return Token(b[:6]) + "." + Token(b[6:])
}

// Valid reports whether it has the form of a token.
func (t Token) Valid() bool { return form.MatchString(string(t)) }

// ID is the public part.
func (t Token) ID() string {
	id, _, _ := strings.Cut(string(t), ".")
	return id
}

// User that the hosted cluster authenticates the bearer as.
func (t Token) User() string { return userPrefix + t.ID() }

// IsBootstrapUser reports whether a user was authenticated by a bootstrap token, of whatever machine.
func IsBootstrapUser(user string) bool { return strings.HasPrefix(user, userPrefix) }

// Secret that makes the hosted cluster accept the token until a given time.
func (t Token) Secret(hostname string, until time.Time) *corev1.Secret {
	_, secret, _ := strings.Cut(string(t), ".")
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceSystem, Name: secretPrefix + t.ID()},
		Type:       corev1.SecretTypeBootstrapToken,
		Data: map[string][]byte{
			"token-id":                       []byte(t.ID()),
			"token-secret":                   []byte(secret),
			"description":                    fmt.Appendf(nil, "Lets machine %s join; Lotse removes it when the node is Ready.", hostname),
			"expiration":                     []byte(until.UTC().Format(time.RFC3339)),
			"usage-bootstrap-authentication": []byte("true"),
			"auth-extra-groups":              []byte(Group),
		},
	}
}
