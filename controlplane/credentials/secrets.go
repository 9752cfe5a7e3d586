package credentials

import (
	"fmt"
	"maps"
	"time"

	"lotse.dev/pki"
)

// Issued is a certificate that was made anew, and why.
type Issued struct {
	Secret, Key, Reason string
}

// Contents is what Secrets hold, by Secret name and key.
type Contents map[string]map[string][]byte

// Secrets is what the Secrets of a cluster must hold now, given what they hold. Certificates that serve are kept, so a second call changes
// nothing; the list says which ones were not.
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

func (n need) fill(held map[string][]byte, now time.Time) (map[string][]byte, []Issued, error) {
	data, issued := maps.Clone(n.files), []Issued(nil)
	if data == nil {
		data = map[string][]byte{}
	}
	for _, l := range n.leaves {
		pair := pki.Pair{Certificate: held[l.key+".crt"], Key: held[l.key+".key"]}
		if reason := l.authority.Stale(pair, l.leaf, now); reason != "" {
			fresh, err := l.authority.Issue(l.leaf, now)
			if err != nil {
				return nil, nil, err
			}
			pair, issued = fresh, append(issued, Issued{Secret: n.secret, Key: l.key, Reason: reason})
		}
		data[l.key+".crt"], data[l.key+".key"] = pair.Certificate, pair.Key
	}
	if n.kubeconfig == nil {
		return data, issued, nil
	}
	k := *n.kubeconfig
	k.pair = pki.Pair{Certificate: data["client.crt"], Key: data["client.key"]}
	content, err := k.render()
	data[KubeconfigKey] = content
	return data, issued, err
}
