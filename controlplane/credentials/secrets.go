package credentials

import (
	"fmt"
	"maps"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/pki"
)

// Issued is a certificate that was made anew, and why.
type Issued struct {
	Secret, Key, Reason string
}

// Contents is what Secrets hold, by Secret name and key.
type Contents map[string]map[string][]byte

// Secrets is what the Secrets of a cluster must hold now, given what they hold. Valid certificates are kept, so a second call changes nothing;
// the list has those that were issued.
func Secrets(c Cluster, r pki.Roots, held Contents, now time.Time) (Contents, []Issued, error) {
	needs, err := c.needs(r)
	if err != nil {
		return nil, nil, fmt.Errorf("deciding on the credentials of cluster %s: %w", c.Cluster, err)
	}
	contents, issued := Contents{}, []Issued(nil)
	for _, n := range needs {
		data, fresh, err := n.fill(held[n.secret], now)
		if err != nil {
			return nil, nil, fmt.Errorf("filling secret %s: %w", n.secret, err)
		}
		contents[n.secret] = data
		issued = append(issued, fresh...)
	}
	return contents, issued, nil
}

// fill keeps the valid certificates and issues the others.
func (n need) fill(held map[string][]byte, now time.Time) (map[string][]byte, []Issued, error) {
	pairs, issued := n.pairs(held), []Issued(nil)
	for _, l := range n.leaves {
		reason := l.authority.Stale(pairs[l.key], l.leaf, now)
		if reason == "" {
			continue
		}
		fresh, err := l.authority.Issue(l.leaf, now)
		if err != nil {
			return nil, nil, err
		}
		pairs[l.key], issued = fresh, append(issued, Issued{Secret: n.secret, Key: l.key, Reason: reason})
	}
	data, err := n.content(pairs)
	return data, issued, err
}

// pairs that a Secret holds, by key.
func (n need) pairs(held map[string][]byte) map[string]pki.Pair {
	pairs := map[string]pki.Pair{}
	for _, l := range n.leaves {
		pairs[l.key] = pki.Pair{Certificate: held[l.key+".crt"], Key: held[l.key+".key"]}
	}
	return pairs
}

// content of the Secret with these pairs.
func (n need) content(pairs map[string]pki.Pair) (map[string][]byte, error) {
	data := maps.Clone(n.files)
	if data == nil {
		data = map[string][]byte{}
	}
	for key, pair := range pairs {
		data[key+".crt"], data[key+".key"] = pair.Certificate, pair.Key
	}
	if n.kubeconfig == nil {
		return data, nil
	}
	k := *n.kubeconfig
	k.Pair = pairs["client"]
	content, err := k.Render()
	data[v1alpha1.KeyKubeconfig] = content
	return data, err
}
