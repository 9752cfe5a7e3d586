package client

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Credential is what a caller needs to use an installation. "lotse up" writes the administrator's.
type Credential struct {
	Endpoint       string `json:"endpoint"`
	TenantID       string `json:"tenantId"`
	AppID          string `json:"appId"`
	Secret         string `json:"secret"`
	SubscriptionID string `json:"subscriptionId"`
	Location       string `json:"location"`
	// CAFile holds the authority that signed the front door's certificate, in PEM. A relative name is relative to the credential's file.
	CAFile string `json:"caFile"`
}

// ReadCredential reads a credential file. If there is none, the error says what to do.
func ReadCredential(file string) (Credential, error) {
	content, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Credential{}, fmt.Errorf("no credential at %s; start Lotse with `lotse up`, or name another file with --credentials: %w", file, err)
	case errors.Is(err, fs.ErrPermission):
		return Credential{}, fmt.Errorf("credential %s may be read only by its owner; become that user, or name another file with --credentials: %w",
			file, err)
	case err != nil:
		return Credential{}, fmt.Errorf("reading the credential: %w", err)
	}
	var c Credential
	if err := json.Unmarshal(content, &c); err != nil {
		return Credential{}, fmt.Errorf("credential %s is not valid JSON: %w", file, err)
	}
	if missing := c.missing(); len(missing) > 0 {
		return Credential{}, fmt.Errorf("credential %s lacks %s", file, strings.Join(missing, ", "))
	}
	if c.CAFile != "" && !filepath.IsAbs(c.CAFile) {
		c.CAFile = filepath.Join(filepath.Dir(file), c.CAFile)
	}
	c.Endpoint = strings.TrimRight(c.Endpoint, "/")
	return c, nil
}

func (c Credential) missing() (names []string) {
	for _, f := range []struct{ name, value string }{
		{"endpoint", c.Endpoint}, {"appId", c.AppID}, {"secret", c.Secret}, {"subscriptionId", c.SubscriptionID},
	} {
		if f.value == "" {
			names = append(names, f.name)
		}
	}
	return names
}

// TLS trusts only the credential's authority, or the system's if the credential names none.
func (c Credential) TLS() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("reading the front door's authority: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", c.CAFile)
	}
	return config, nil
}
