package byhand

import (
	"time"

	"lotse.dev/pki"
)

// writeCertificates makes an authority, what it signs, and the key of service accounts.
func writeCertificates(dir string) error {
	store := pki.Store{Dir: dir, Now: time.Now()}
	authority, err := store.Authority("ca")
	if err != nil {
		return err
	}
	for name, leaf := range map[string]pki.Leaf{
		"apiserver": pki.Leaf{CommonName: "kube-apiserver"}.WithHosts("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
			"kubernetes.default.svc.cluster.local", "127.0.0.1", nodeAddress, "10.0.0.1"),
		"admin":   {CommonName: "admin", Organizations: []string{"system:masters"}, Client: true},
		"kubelet": {CommonName: "system:node:" + nodeName, Organizations: []string{"system:nodes"}, Client: true},
	} {
		if _, err := store.Leaf(name, authority, leaf); err != nil {
			return err
		}
	}
	return store.SigningKey("sa")
}
