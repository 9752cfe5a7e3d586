package host

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"sigs.k8s.io/yaml"

	"lotse.dev/management/baseaddons"
	"lotse.dev/pki"
)

// certificate is one certificate of the management cluster and the name of the authority that signs it.
type certificate struct {
	name, authority string
	leaf            pki.Leaf
}

// certificates of the host's components. Each component has its own, with no more rights than it needs.
func certificates() []certificate {
	client := func(name, user string, groups ...string) certificate {
		return certificate{name, "cluster", pki.Leaf{CommonName: user, Organizations: groups, Client: true}}
	}
	api := []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost",
		"127.0.0.1", Address, apiServiceIP}
	node := pki.Leaf{CommonName: "system:node:" + NodeName, Organizations: []string{"system:nodes"}}
	return []certificate{
		{"apiserver", "cluster", pki.Leaf{CommonName: "kube-apiserver"}.WithHosts(api...)},
		{"kubelet-server", "cluster", node.WithHosts(NodeName, Address)},
		client("apiserver-kubelet", "kube-apiserver-kubelet-client", "lotse:kubelet-api"),
		client("kubelet", "system:node:"+NodeName, "system:nodes"),
		client("kube-proxy", "system:kube-proxy"),
		// They serve their probes with it too: otherwise each makes itself an RSA key at its start.
		{"controller-manager", "cluster", pki.Leaf{CommonName: "system:kube-controller-manager", Client: true}.WithHosts("localhost", "127.0.0.1")},
		{"scheduler", "cluster", pki.Leaf{CommonName: "system:kube-scheduler", Client: true}.WithHosts("localhost", "127.0.0.1")},
		client("isolation", baseaddons.IsolationUser),
		// The operator of the machine; the only one in system:masters, because it has to work before any role exists.
		client("admin", "lotse-operator", "system:masters"),
		{"etcd-server", "etcd", pki.Leaf{CommonName: "etcd", Client: true}.WithHosts("localhost", "127.0.0.1")},
		{"apiserver-etcd", "etcd", pki.Leaf{CommonName: "kube-apiserver", Client: true}},
		{"front-proxy-client", "front-proxy", pki.Leaf{CommonName: "front-proxy-client", Client: true}},
	}
}

// kubeconfigs are the components that read one, by the name of their certificate.
var kubeconfigs = []string{"kubelet", "kube-proxy", "controller-manager", "scheduler", "isolation"}

// fingerprintLength is enough to tell one set of certificates from another.
const fingerprintLength = 16

// makeCredentials makes every key, certificate and kubeconfig that is missing or stale, and returns a fingerprint of the certificates.
func makeCredentials(d Data, store pki.Store) (string, error) {
	authorities := map[string]pki.Authority{}
	for _, name := range []string{"cluster", "etcd", "front-proxy"} {
		authority, err := store.Authority(name)
		if err != nil {
			return "", err
		}
		authorities[name] = authority
	}
	if err := store.SigningKey("service-accounts"); err != nil {
		return "", err
	}
	if err := encryptionKey(d); err != nil {
		return "", err
	}
	all := sha256.New()
	pairs := map[string]pki.Pair{}
	for _, c := range certificates() {
		pair, err := store.Leaf(c.name, authorities[c.authority], c.leaf)
		if err != nil {
			return "", err
		}
		pairs[c.name] = pair
		_, _ = all.Write(pair.Certificate) // never fails
	}
	return hex.EncodeToString(all.Sum(nil))[:fingerprintLength], writeKubeconfigs(d, store, authorities["cluster"].Pair, pairs["admin"])
}

func writeKubeconfigs(d Data, store pki.Store, ca, admin pki.Pair) error {
	var files []File
	for _, name := range kubeconfigs {
		content, err := kubeconfig(map[string]any{"certificate-authority": store.CertFile("cluster")},
			map[string]any{"client-certificate": store.CertFile(name), "client-key": store.KeyFile(name)})
		if err != nil {
			return err
		}
		files = append(files, File{d.in("pki", name+".kubeconfig"), 0o600, content})
	}
	// The operator's kubeconfig contains its keys, because it is meant to be copied.
	content, err := kubeconfig(map[string]any{"certificate-authority-data": ca.Certificate},
		map[string]any{"client-certificate-data": admin.Certificate, "client-key-data": admin.Key})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.Credentials(), 0o700); err != nil {
		return fmt.Errorf("directory for credentials: %w", err)
	}
	return put(append(files, File{d.ManagementKubeconfig(), 0o600, content}))
}

func kubeconfig(cluster, user map[string]any) ([]byte, error) {
	cluster["server"] = Server
	content, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "lotse-management",
		"clusters": []any{map[string]any{"name": "lotse-management", "cluster": cluster}},
		"users":    []any{map[string]any{"name": "lotse-management", "user": user}},
		"contexts": []any{map[string]any{"name": "lotse-management", "context": map[string]any{"cluster": "lotse-management", "user": "lotse-management"}}},
	})
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return content, nil
}

// encryptionKey makes the key that encrypts Secrets in etcd, once.
func encryptionKey(d Data) error {
	file := d.in("pki", "encryption.yaml")
	_, err := os.Stat(file)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	secretbox := map[string]any{"keys": []any{map[string]any{"name": "first", "secret": base64.StdEncoding.EncodeToString(key)}}}
	content, err := config("apiserver.config.k8s.io/v1", "EncryptionConfiguration", map[string]any{
		"resources": []any{map[string]any{
			"resources": []string{"secrets"},
			"providers": []any{map[string]any{"secretbox": secretbox}, map[string]any{"identity": map[string]any{}}},
		}},
	})
	if err != nil {
		return err
	}
	return File{file, 0o600, content}.put()
}
