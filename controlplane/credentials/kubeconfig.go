package credentials

import (
	"fmt"
	"net"
	"strconv"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"lotse.dev/pki"
)

// kubeconfig is one way into one cluster.
type kubeconfig struct {
	cluster, user string
	host          string
	port          int32
	authority     []byte
	pair          pki.Pair
}

func (k kubeconfig) render() ([]byte, error) {
	content, err := clientcmd.Write(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{k.cluster: {
			Server:                   "https://" + net.JoinHostPort(k.host, strconv.Itoa(int(k.port))),
			CertificateAuthorityData: k.authority,
		}},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{k.user: {
			ClientCertificateData: k.pair.Certificate,
			ClientKeyData:         k.pair.Key,
		}},
		Contexts:       map[string]*clientcmdapi.Context{k.cluster: {Cluster: k.cluster, AuthInfo: k.user}},
		CurrentContext: k.cluster,
	})
	if err != nil {
		return nil, fmt.Errorf("writing the kubeconfig of %s: %w", k.user, err)
	}
	return content, nil
}
