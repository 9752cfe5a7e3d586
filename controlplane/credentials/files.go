package credentials

import (
	"fmt"

	"lotse.dev/pki"
)

// anonymousHealth lets kubelets and load balancers ask for health, and nobody ask for anything else without a name.
const anonymousHealth = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions:
  - path: /livez
  - path: /readyz
  - path: /healthz
`

// egress sends everything that a customer can make the API server say through the tunnel: to nodes, Pods and Services (cluster), and to webhooks
// by URL (controlplane). What has no node to go through goes nowhere, and never into the management cluster's network. The store is reached
// directly.
const egress = `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection: &tunnel
    proxyProtocol: GRPC
    transport:
      uds:
        udsName: %s
- name: controlplane
  connection: *tunnel
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
