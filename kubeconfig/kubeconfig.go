// Package kubeconfig writes kubeconfigs of hosted clusters, for the control plane's components and for people.
package kubeconfig

import (
	"fmt"
	"net"
	"strconv"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"lotse.dev/pki"
)

// Entry is one user of one cluster.
type Entry struct {
	// Cluster is the name of the context and of the cluster; User that of the user. Names mean nothing to the server.
	Cluster, User string
	// Host and Port of the API server.
	Host string
	Port int32
	// Authority that signed the API server's certificate, in PEM, and the Pair by which the user proves who it is.
	Authority []byte
	Pair      pki.Pair
}

// Render writes a kubeconfig whose current context is the entry.
func (e Entry) Render() ([]byte, error) {
	content, err := clientcmd.Write(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{e.Cluster: {
			Server:                   "https://" + net.JoinHostPort(e.Host, strconv.Itoa(int(e.Port))),
			CertificateAuthorityData: e.Authority,
		}},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{e.User: {
			ClientCertificateData: e.Pair.Certificate,
			ClientKeyData:         e.Pair.Key,
		}},
		Contexts:       map[string]*clientcmdapi.Context{e.Cluster: {Cluster: e.Cluster, AuthInfo: e.User}},
		CurrentContext: e.Cluster,
	})
	if err != nil {
		return nil, fmt.Errorf("writing the kubeconfig of %s: %w", e.User, err)
	}
	return content, nil
}
