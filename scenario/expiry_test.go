package scenario

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/pki"
)

// monthsPass for a stopped cluster: every certificate of its control plane and of its nodes has ended. The authorities have not.
func (n *night) monthsPass() {
	n.Helper()
	n.step("while it is stopped, all of its certificates end")
	namespace := v1alpha1.ControlPlaneNamespace(n.management.cluster)
	secrets, err := n.management.kube.CoreV1().Secrets(namespace).List(n.ctx, metav1.ListOptions{})
	n.need(err)
	i := slices.IndexFunc(secrets.Items, func(s corev1.Secret) bool { return s.Name == v1alpha1.SecretPKI })
	if i < 0 {
		n.fail("the cluster has no Secret %s", v1alpha1.SecretPKI)
	}
	roots, err := pki.Parse(secrets.Items[i].Data)
	n.need(err)
	ended := 0
	for _, secret := range secrets.Items {
		count := n.end(roots, secret.Data)
		if ended += count; count > 0 && secret.Name != v1alpha1.SecretPKI {
			_, err := n.management.kube.CoreV1().Secrets(namespace).Update(n.ctx, &secret, metav1.UpdateOptions{})
			n.need(err)
		}
	}
	if ended < 15 {
		n.fail("only %d certificates of the control plane were found", ended)
	}
	files := n.kubeletCertificates()
	if len(files) == 0 {
		n.fail("no certificate of a node was found")
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		n.need(err)
		leaf, err := pki.LeafOf(content)
		n.need(err)
		old, err := roots.Cluster.Issue(leaf, time.Now().Add(-2*pki.Year))
		n.need(err)
		n.need(os.WriteFile(file, slices.Concat(old.Certificate, old.Key), 0o600)) // the file stays its owner's
	}
}

// end the certificates in a Secret's data, and count them.
func (n *night) end(roots pki.Roots, data map[string][]byte) (count int) {
	n.Helper()
	for key, certificate := range data {
		name, found := strings.CutSuffix(key, ".crt")
		if !found || len(data[name+".key"]) == 0 || strings.HasSuffix(name, "-ca") {
			continue
		}
		old := n.ended(roots, pki.Pair{Certificate: certificate, Key: data[name+".key"]})
		data[key], data[name+".key"] = old.Certificate, old.Key
		count++
	}
	return count
}

// ended is a certificate of two years ago, in place of one that is valid.
func (n *night) ended(roots pki.Roots, p pki.Pair) pki.Pair {
	n.Helper()
	leaf, err := pki.LeafOf(p.Certificate)
	n.need(err)
	for _, authority := range []pki.Authority{roots.Cluster, roots.Etcd, roots.FrontProxy} {
		if authority.Stale(p, leaf, time.Now()) == "signed by another authority" {
			continue
		}
		old, err := authority.Issue(leaf, time.Now().Add(-2*pki.Year))
		n.need(err)
		return old
	}
	n.fail("none of the cluster's authorities signed the certificate of %s", leaf.CommonName)
	return pki.Pair{}
}

// kubeletCertificates on the disks of the cluster's machines.
func (n *night) kubeletCertificates() (files []string) {
	n.Helper()
	volumes, err := n.management.kube.CoreV1().PersistentVolumes().List(n.ctx, metav1.ListOptions{})
	n.need(err)
	for _, v := range volumes.Items {
		if v.Spec.ClaimRef == nil || v.Spec.ClaimRef.Namespace != v1alpha1.NodesNamespace(n.management.cluster) {
			continue
		}
		found, err := filepath.Glob(filepath.Join(path(v), "*", "pki", "kubelet-*-2*.pem")) // and not the links to them
		n.need(err)
		files = append(files, found...)
	}
	return files
}

// certificatesWereRenewed: the start issued them, and the nodes have new ones.
func (n *night) certificatesWereRenewed() {
	n.Helper()
	n.step("its nodes have new certificates, and it says when the first one ends")
	newest := time.Time{}
	for _, file := range n.kubeletCertificates() {
		content, err := os.ReadFile(file)
		n.need(err)
		end, err := pki.NotAfter(content)
		n.need(err)
		if end.After(newest) {
			newest = end
		}
	}
	if newest.Before(time.Now()) {
		n.fail("the newest certificate of a node ended on %s", newest)
	}
	document, err := lotse.client.Get(n.ctx, lotse.client.ClusterPath(n.group, n.cluster.name))
	n.need(err)
	if !strings.Contains(string(document), `"certificates":{"first":`) {
		n.fail("the cluster does not say when its certificates end: %s", document)
	}
}
