package bootstrap

import (
	"slices"
	"time"

	"lotse.dev/machine/boot"
	"lotse.dev/pki"
)

const (
	// certificateLife is a day: the kubelet renews its certificate long before, by a request of its own.
	certificateLife = 24 * time.Hour
	// alone is how long the certificate is a machine's only credential. Whatever keeps it from being accepted, the machine then gets its token too.
	alone = 10 * time.Minute
)

// Certificate is the first client certificate of a machine's kubelet. It comes with the machine, so that a new node waits neither for its token to be
// published nor for a certificate request to be decided on and signed.
type Certificate struct {
	// PEM of the certificate and its key, as a kubelet keeps them in one file; empty for none.
	PEM []byte
	// Until when it is valid.
	Until time.Time
}

// Issue the first certificate of a machine: that of its own node and no other. Its dates are real; Until is by the service's clock.
func Issue(authority pki.Authority, hostname string, now, realNow time.Time) (Certificate, error) {
	pair, err := authority.Issue(pki.Leaf{
		CommonName: boot.NodeUserPrefix + hostname, Organizations: []string{boot.NodesGroup}, Client: true, Life: certificateLife,
	}, realNow)
	if err != nil {
		return Certificate{}, err
	}
	return Certificate{PEM: slices.Concat(pair.Certificate, pair.Key), Until: now.Add(certificateLife).Truncate(time.Second)}, nil
}

// Held reports whether there is a certificate, valid or not.
func (c Certificate) Held() bool { return len(c.PEM) > 0 }

// Suffices reports whether a machine needs no token at now, because its certificate was issued a moment ago.
func (c Certificate) Suffices(now time.Time) bool { return c.Held() && now.Before(c.AloneUntil()) }

// AloneUntil is when the machine gets its token too, if it is no node by then.
func (c Certificate) AloneUntil() time.Time { return c.Until.Add(alone - certificateLife) }
