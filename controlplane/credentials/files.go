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

// egress sends every connection that a customer can cause through the tunnel: to nodes, Pods and Services (cluster), and to webhooks
// by URL (controlplane). Without a node for the tunnel the connection fails: it never goes into the management cluster's network.
// etcd is reached directly.
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

// auditPolicy records who changed what, who read Secrets, and who went into Pods or through nodes, services included; never what was sent or
// answered. Frequent requests of every cluster that change nothing lasting are left out. Running commands is a "get" to a WebSocket, so it
// stands before other reads.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- level: None
  resources:
  - group: coordination.k8s.io
    resources: [leases]
  - resources: [events]
  - group: events.k8s.io
    resources: [events]
  - group: authentication.k8s.io
  - group: authorization.k8s.io
- level: None
  userGroups: ["system:nodes"]
  resources:
  - resources: [nodes/status, pods/status, serviceaccounts/token]
- level: Metadata
  resources:
  - resources: [pods/exec, pods/attach, pods/portforward, pods/ephemeralcontainers, pods/proxy, services/proxy, nodes/proxy]
- level: None
  userGroups: ["system:nodes"]
  verbs: [get, list, watch]
- level: None
  users: ["system:kube-controller-manager", "system:kube-scheduler", "system:apiserver"]
  verbs: [get, list, watch]
- level: None
  userGroups: ["system:serviceaccounts:kube-system"]
  verbs: [get, list, watch]
- level: Metadata
  resources:
  - resources: [secrets]
- level: None
  verbs: [get, list, watch]
- level: Metadata
`

func apiServerFiles(r pki.Roots, socket string) map[string][]byte {
	return map[string][]byte{
		"cluster-ca.crt":      r.Trusted.Cluster,
		"etcd-ca.crt":         r.Trusted.Etcd,
		"front-proxy-ca.crt":  r.Trusted.FrontProxy,
		"service-account.pub": r.Trusted.ServiceAccount,
		"service-account.key": r.ServiceAccount.Key,
		"audit.yaml":          []byte(auditPolicy),
		"authentication.yaml": []byte(anonymousHealth),
		"egress.yaml":         fmt.Appendf(nil, egress, socket),
		"encryption.yaml":     fmt.Appendf(nil, encryption, r.EncryptionKey),
	}
}
