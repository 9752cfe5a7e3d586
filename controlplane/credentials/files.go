package credentials

import (
	"fmt"

	"lotse.dev/pki"
)

// anonymousHealth admits anonymous requests, such as those of kubelets and load balancers, to the health endpoints only.
const anonymousHealth = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions:
  - path: /livez
  - path: /readyz
  - path: /healthz
`

// egress sends what the API server says to nodes, Pods and Services through the tunnel.
const egress = `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection:
    proxyProtocol: GRPC
    transport:
      uds:
        udsName: %s
`

// encryption of Secrets at rest. Identity is last and only reads: what an older store holds in plain stays readable.
const encryption = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources:
  - secrets
  providers:
  - secretbox:
      keys:
      - name: key1
        secret: %s
  - identity: {}
`

func apiServerFiles(r pki.Roots, socket string) map[string][]byte {
	return map[string][]byte{
		"cluster-ca.crt":      r.Cluster.Certificate,
		"etcd-ca.crt":         r.Etcd.Certificate,
		"front-proxy-ca.crt":  r.FrontProxy.Certificate,
		"service-account.pub": r.ServiceAccount.Certificate,
		"service-account.key": r.ServiceAccount.Key,
		"authentication.yaml": []byte(anonymousHealth),
		"egress.yaml":         fmt.Appendf(nil, egress, socket),
		"encryption.yaml":     fmt.Appendf(nil, encryption, r.EncryptionKey),
	}
}
