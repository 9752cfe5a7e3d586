package arm_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/identity"
)

// personalCredentials of the one cluster mc: every caller gets a certificate with its own name, and the group that its role permits.
func (w *world) personalCredentials(t *testing.T) {
	const caller = "30000000-0000-0000-0000-000000000007"
	w.person(caller, identity.ServicePrincipal, "", identity.ClusterUser, mc)
	for sentence, c := range map[string]struct {
		who, action string
		name, group string
		user        string
		life        time.Duration
	}{
		"an owner is an administrator":                                 {admin, "/listClusterAdminCredential", "lotse:app:" + admin, "lotse:cluster-admins", "clusterAdmin_rg1_c1", 72 * time.Hour},
		"also with the user's credential, which az and Terraform list": {admin, "/listClusterUserCredential", "lotse:app:" + admin, "lotse:cluster-admins", "clusterUser_rg1_c1", 12 * time.Hour},
		"the cluster user's role is no administrator's":                {caller, "/listClusterUserCredential", "lotse:app:" + caller, "lotse:cluster-users", "clusterUser_rg1_c1", 12 * time.Hour},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := w.certificate(t, w.token(c.who), c.action, c.user)
			if got.Subject.CommonName != c.name || len(got.Subject.Organization) != 1 || got.Subject.Organization[0] != c.group {
				t.Errorf("the certificate is of %s", got.Subject)
			}
			if left := time.Until(got.NotAfter); left > c.life || left < c.life-time.Minute {
				t.Errorf("it lives for %s", left)
			}
		})
	}
	w.want(t, w.do(w.token(caller), "POST", mc+"/listClusterAdminCredential"+v, ""), 403, "AuthorizationFailed")
	first := w.certificate(t, w.token(admin), "/listClusterUserCredential", "clusterUser_rg1_c1")
	if second := w.certificate(t, w.token(admin), "/listClusterUserCredential", "clusterUser_rg1_c1"); first.Equal(second) {
		t.Error("two listings gave one certificate")
	}
}

// certificate that an action hands out, signed by the authority that the kubeconfig trusts.
func (w *world) certificate(t *testing.T, token, action, user string) *x509.Certificate {
	t.Helper()
	a := w.want(t, w.do(token, "POST", mc+action+v, ""), 200, "")
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Error("the answer may be stored")
	}
	content, err := base64.StdEncoding.DecodeString(fmt.Sprint(a.at("kubeconfigs.0.value")))
	must(t, err)
	config, err := clientcmd.Load(content)
	must(t, err)
	if config.CurrentContext != "c1" || config.Clusters["c1"].Server != "https://100.98.0.1:30443" || config.AuthInfos[user] == nil {
		t.Fatalf("the kubeconfig is %+v", config)
	}
	authority := parse(t, config.Clusters["c1"].CertificateAuthorityData)
	certificate := parse(t, config.AuthInfos[user].ClientCertificateData)
	must(t, certificate.CheckSignatureFrom(authority))
	return certificate
}

func parse(t *testing.T, content []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(content)
	certificate, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	return certificate
}
