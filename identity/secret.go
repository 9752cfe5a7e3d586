package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Argon2id after OWASP's recommendation of equal strength that needs the least memory: a verification takes about 20 ms and 9 MiB, so that
// the token endpoint stays quick and a flood of log-ins cannot fill the machine.
const (
	hashTime   = 4
	hashMemory = 9 * 1024 // KiB
	hashBytes  = 32
	saltBytes  = 16
)

// Bounds of parameters that Verify accepts, so that a forged hash cannot exhaust the machine.
const (
	maxHashTime   = 16
	maxHashMemory = 128 * 1024 // KiB
)

// NewSecret makes a random secret that cannot be guessed. It has letters, digits, - and _ only, so that it needs no quotes.
func NewSecret() string {
	random := make([]byte, 30)
	_, _ = rand.Read(random) // never fails
	return base64.RawURLEncoding.EncodeToString(random)
}

// HashSecret returns a salted hash of the secret in the usual encoding, $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func HashSecret(secret string) (string, error) {
	if secret == "" {
		return "", fmt.Errorf("an empty secret cannot be hashed")
	}
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("salt: %w", err)
	}
	sum := argon2.IDKey([]byte(secret), salt, hashTime, hashMemory, 1, hashBytes)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, hashMemory, hashTime, encode(salt), encode(sum)), nil
}

// Verify reports whether the hash is of the secret. It is false for a hash that it cannot read.
func Verify(hash, secret string) bool {
	h, ok := parseHash(hash)
	if !ok || secret == "" {
		return false
	}
	sum := argon2.IDKey([]byte(secret), h.salt, h.time, h.memory, 1, uint32(len(h.sum)))
	return subtle.ConstantTimeCompare(sum, h.sum) == 1
}

type parsedHash struct {
	time, memory uint32
	salt, sum    []byte
}

func parseHash(hash string) (parsedHash, bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return parsedHash{}, false
	}
	var h parsedHash
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &h.memory, &h.time); err != nil || n != 2 {
		return parsedHash{}, false
	}
	var saltErr, sumErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.sum, sumErr = base64.RawStdEncoding.DecodeString(parts[5])
	sane := saltErr == nil && sumErr == nil && len(h.salt) >= 8 && len(h.sum) >= 16 && len(h.sum) <= 64 &&
		h.time >= 1 && h.time <= maxHashTime && h.memory >= 8 && h.memory <= maxHashMemory
	return h, sane
}
