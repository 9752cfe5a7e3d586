package credentials

import (
	"bytes"
	"fmt"
	"maps"
	"time"

	"lotse.dev/pki"
)

// Due reports whether Secrets would change what the Secrets hold. It makes no keys, so equal arguments give equal answers.
func Due(c Cluster, r pki.Roots, held Contents, now time.Time) (bool, error) {
	needs, err := c.needs(r)
	if err != nil {
		return false, fmt.Errorf("deciding on the credentials of cluster %s: %w", c.Cluster, err)
	}
	for _, n := range needs {
		if due, err := n.due(held[n.secret], now); due || err != nil {
			return due, err
		}
	}
	return false, nil
}

func (n need) due(held map[string][]byte, now time.Time) (bool, error) {
	pairs := n.pairs(held)
	for _, l := range n.leaves {
		if l.authority.Stale(pairs[l.key], l.leaf, now) != "" {
			return true, nil
		}
	}
	data, err := n.content(pairs)
	if err != nil {
		return false, fmt.Errorf("comparing secret %s: %w", n.secret, err)
	}
	return !maps.EqualFunc(held, data, bytes.Equal), nil
}
