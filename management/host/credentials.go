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
	"lotse.dev/management/pki"
)

// leaf is one certificate of the management cluster and the authority that vouches for it.
type leaf struct {
	name, authority string
	request         pki.Request
}

// leaves are the certificates of the host's components. Each component has its own, with no more than it needs.
func leaves() []leaf {
	client := func(name, user string, groups ...string) leaf {
		return leaf{name, "cluster", pki.Request{CommonName: user, Organizations: groups, Client: true}}
	}
	api := []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost",
		"127.0.0.1", Address, apiServiceIP}
	return []leaf{
		{"apiserver", "cluster", pki.Request{CommonName: "kube-apiserver", Hosts: api, Server: true}},
		{"kubelet-server", "cluster", pki.Request{CommonName: "system:node:" + NodeName, Organizations: []string{"system:nodes"}, Hosts: []string{NodeName, Address}, Server: true}},
		client("apiserver-kubelet", "kube-apiserver-kubelet-client", "lotse:kubelet-api"),
		client("kubelet", "system:node:"+NodeName, "system:nodes"),
		client("kube-proxy", "system:kube-proxy"),
		client("controller-manager", "system:kube-controller-manager"),
		client("scheduler", "system:kube-scheduler"),
		client("isolation", baseaddons.IsolationUser),
		// The operator of the machine; the only one in system:masters, because it has to work before any role exists.
		client("admin", "lotse-operator", "system:masters"),
		{"etcd-server", "etcd", pki.Request{CommonName: "etcd", Hosts: []string{"localhost", "127.0.0.1"}, Server: true, Client: true}},
		{"apiserver-etcd", "etcd", pki.Request{CommonName: "kube-apiserver", Client: true}},
		{"front-proxy-client", "front-proxy", pki.Request{CommonName: "front-proxy-client", Client: true}},
	}
}

// kubeconfigs are the clients that read one, by certificate name.
var kubeconfigs = []string{"kubelet", "kube-proxy", "controller-manager", "scheduler", "isolation"}

// makeCredentials makes sure of every key, certificate and kubeconfig, and returns a fingerprint of the certificates.
func makeCredentials(d Data, store pki.Store) (string, error) {
	authorities := map[string]pki.Pair{}
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
	for _, l := range leaves() {
		pair, err := store.Leaf(l.name, authorities[l.authority], l.request)
		if err != nil {
			return "", err
		}
		pairs[l.name] = pair
		_, _ = all.Write(pair.Cert) // never fails
	}
	return hex.EncodeToString(all.Sum(nil))[:16], writeKubeconfigs(d, store, authorities["cluster"], pairs["admin"])
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
	// The operator's carries its keys with it: it is made to be copied.
	content, err := kubeconfig(map[string]any{"certificate-authority-data": ca.Cert},
		map[string]any{"client-certificate-data": admin.Cert, "client-key-data": admin.Key})
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

// encryptionKey makes the key under which Secrets lie in etcd, once.
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
