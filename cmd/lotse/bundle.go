package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// systemRoots are where distributions keep the authorities that the system trusts.
var systemRoots = []string{
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
}

// writeBundle puts the front door's authority and the system's into one file beside it, and answers with its name: az trusts nothing but its
// bundle, and its extensions come from the Internet.
func writeBundle(caFile string) (string, error) {
	content, err := os.ReadFile(caFile)
	if err != nil {
		return "", fmt.Errorf("reading the front door's authority: %w", err)
	}
	for _, file := range systemRoots {
		if roots, err := os.ReadFile(file); err == nil {
			content = append(append(bytes.TrimRight(content, "\n"), '\n'), roots...)
			break
		}
	}
	bundle := filepath.Join(filepath.Dir(caFile), "ca-bundle.pem")
	if have, err := os.ReadFile(bundle); err == nil && bytes.Equal(have, content) {
		return bundle, nil
	}
	if err := replace(bundle, content); err != nil {
		return "", fmt.Errorf("writing %s: %w", bundle, err)
	}
	return bundle, nil
}
