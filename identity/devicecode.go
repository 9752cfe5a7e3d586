package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"time"
)

const useDevice = "device"

var errForeignDevice = errors.New("the code was given to another application")

// Device issues the code that a device polls with while its user signs in elsewhere. It carries the user code, so that is not stored.
func (i *Issuer) Device(userCode, issuer, application string, lifetime time.Duration) (string, error) {
	c := Claims{Use: useDevice, AppID: application}
	c.Subject = userCode
	return i.sign(c, issuer, issuer, lifetime)
}

// ReadDevice verifies a device code of this issuer and returns the user code that belongs to it.
func (i *Issuer) ReadDevice(code, issuer, application string) (userCode string, err error) {
	c, err := i.read(code, useDevice, []string{issuer})
	if err != nil {
		return "", err
	}
	if c.AppID != application {
		return "", errForeignDevice
	}
	return c.Subject, nil
}

// Signature of a short message for a purpose: an HMAC under a key that is derived from the signing key.
func (i *Issuer) Signature(purpose, message string) []byte {
	key := sha256.Sum256(append([]byte(purpose+"\x00"), x509.MarshalPKCS1PrivateKey(i.key)...))
	sum := hmac.New(sha256.New, key[:])
	_, _ = sum.Write([]byte(message)) // never fails
	return sum.Sum(nil)
}
