package machine_test

import (
	"testing"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// TestMachinesJoinWithTheCertificatesThatComeWithThem: no token is published and no certificate is asked for, and what is left of the certificate is
// on the machine's disk alone. Their nodes have addresses for their Pods, although no controller of Kubernetes runs here.
func TestMachinesJoinWithTheCertificatesThatComeWithThem(t *testing.T) {
	e := newEnvironment(t, withCertificates)
	pool := e.createPool(2)
	e.until("the pool is Succeeded", func() bool {
		if n := len(e.tokens()); n > 0 {
			t.Fatalf("%d tokens are published", n)
		}
		return e.state(pool) == v1alpha1.Succeeded
	})
	nodes := e.nodes()
	if len(nodes) != 2 || nodes[0].Spec.PodCIDR == "" || nodes[0].Spec.PodCIDR == nodes[1].Spec.PodCIDR {
		t.Errorf("nodes are %v", nodes)
	}
	requests := &certificatesv1.CertificateSigningRequestList{}
	e.must(e.List(t.Context(), requests))
	if len(requests.Items) > 0 {
		t.Errorf("%d certificates were asked for", len(requests.Items))
	}
	e.until("the certificates are gone from the Secrets", func() bool {
		secrets, held := &corev1.SecretList{}, 0
		e.must(e.List(t.Context(), secrets, client.InNamespace(e.machinesNamespace())))
		for _, s := range secrets.Items {
			if len(s.Data["client.pem"]) > 0 || s.Annotations["lotse.dev/certificate-until"] != "" {
				held++
			}
			if len(s.Data["machine.json"]) == 0 || len(s.Data["pull-token"]) == 0 {
				t.Errorf("%s has lost what else it held", s.Name)
			}
		}
		return len(secrets.Items) == 2 && held == 0
	})
}
