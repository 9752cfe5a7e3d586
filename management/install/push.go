package install

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"lotse.dev/images"
)

// dialer connects to the registry's read-write port.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// registryTransport uses Lotse's registry with its client certificate, over connections of dial.
func registryTransport(keys contents, dial dialer) (http.RoundTripper, error) {
	own := keys[secretRegistryClient]
	pair, err := tls.X509KeyPair(own[keyCertificate], own[keyPrivate])
	if err != nil {
		return nil, fmt.Errorf("client certificate of the registry: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(own[keyAuthority])
	return &http.Transport{
		DialContext:     dial,
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
	}, nil
}

// push copies the images that the registry lacks from their layouts and returns their number.
func push(ctx context.Context, c images.Catalogue, artifacts, registry string, options ...remote.Option) (int, error) {
	pushed := 0
	options = append(options, remote.WithContext(ctx))
	names := make([]string, 0, len(c.Images))
	for n := range c.Images {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		image := c.Images[n]
		to, err := name.ParseReference(registry + strings.TrimPrefix(image.Ref, images.Registry))
		if err != nil {
			return pushed, fmt.Errorf("push %s: %w", n, err)
		}
		if have, err := remote.Head(to, options...); err == nil && have.Digest.String() == image.Digest {
			continue
		}
		if err := pushOne(filepath.Join(artifacts, "images", image.Layout), image.Digest, to, options); err != nil {
			return pushed, fmt.Errorf("push %s: %w", n, err)
		}
		pushed++
	}
	return pushed, nil
}

func pushOne(dir, digest string, to name.Reference, options []remote.Option) error {
	hash, err := v1.NewHash(digest)
	if err != nil {
		return err
	}
	l, err := layout.FromPath(dir)
	if err != nil {
		return err
	}
	image, err := l.Image(hash)
	if err != nil {
		return err
	}
	return remote.Write(to, image, options...)
}

// operatorsKeychain has the operator's credentials of their own registry, as stored by docker login and others.
func operatorsKeychain() remote.Option { return remote.WithAuthFromKeychain(authn.DefaultKeychain) }
