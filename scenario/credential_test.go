package scenario

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// TestANodeTouchesOnlyItself: a node's credential gives access to that node and to no other.
func TestANodeTouchesOnlyItself(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	own, other := s.oneNode("usr"), s.oneNode("sys")

	s.step("a Pod takes the credential from its node's disk")
	reader := on(own, template("reader", storyImage(t), "/bin/busybox", "sleep", "3600"))
	reader.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "kubelet", MountPath: "/var/lib/kubelet/pki"}}
	reader.Spec.Volumes = []corev1.Volume{{Name: "kubelet", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/lib/kubelet/pki"}}}}
	s.run(reader)
	credential, err := s.exec("reader", "/bin/busybox", "cat", "/var/lib/kubelet/pki/kubelet-client-current.pem")
	s.need(err)
	node := s.as(func(c *rest.Config) { c.CertData, c.KeyData = []byte(credential), []byte(credential) })
	secret, err := s.kube.CoreV1().Secrets(s.namespace).Create(s.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "private"}}, metav1.CreateOptions{})
	s.need(err)

	s.step("it works: the node sees itself, and labels itself")
	_, err = node.CoreV1().Nodes().Get(s.ctx, own, metav1.GetOptions{})
	s.need(err)
	label := func(name, key string) error {
		_, err := node.CoreV1().Nodes().Patch(s.ctx, name, types.MergePatchType, []byte(`{"metadata":{"labels":{"`+key+`":"story"}}}`), metav1.PatchOptions{})
		return err
	}
	s.need(label(own, "example.com/story"))

	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "planted-"}, Spec: corev1.PodSpec{
		NodeName: other, Containers: []corev1.Container{{Name: "main", Image: storyImage(t)}},
	}}
	for what, try := range map[string]func() error{
		"label another node":                 func() error { return label(other, "example.com/story") },
		"label itself as what it may not be": func() error { return label(own, "node-restriction.kubernetes.io/story") },
		"delete another node":                func() error { return node.CoreV1().Nodes().Delete(s.ctx, other, metav1.DeleteOptions{}) },
		"read a Secret that none of its Pods has": func() error {
			_, err := node.CoreV1().Secrets(s.namespace).Get(s.ctx, secret.Name, metav1.GetOptions{})
			return err
		},
		"list all Secrets": func() error { _, err := node.CoreV1().Secrets("").List(s.ctx, metav1.ListOptions{}); return err },
		"make a Pod on another node": func() error {
			_, err := node.CoreV1().Pods(s.namespace).Create(s.ctx, pod, metav1.CreateOptions{})
			return err
		},
		"delete a Pod of another node": func() error { return s.deleteForeignPod(node, other) },
	} {
		s.step("it may not %s", what)
		if err := try(); !apierrors.IsForbidden(err) {
			s.fail("answer is %v, want forbidden", err)
		}
	}

	s.step("nor ask for a certificate in another node's name")
	if _, err := request(s.ctx, node, certificatesv1.KubeAPIServerClientKubeletSignerName, "system:node:"+other, "system:nodes"); !apierrors.IsForbidden(err) {
		s.fail("answer is %v, want forbidden", err)
	}
}

// TestACustomerDoesNotBecomeTheService: the customer's administrator has all rights in the cluster, and no access to what is Lotse's.
func TestACustomerDoesNotBecomeTheService(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))

	s.step("a request for a certificate of system:masters is refused as it is made")
	_, err := request(s.ctx, s.kube, certificatesv1.KubeAPIServerClientSignerName, "me", "system:masters")
	if err == nil || !strings.Contains(err.Error(), "system:masters") {
		s.fail("answer is %v", err)
	}

	s.step("one for a node of their own is denied: only machines get them")
	name, err := request(s.ctx, s.kube, certificatesv1.KubeAPIServerClientKubeletSignerName, "system:node:"+s.oneNode("sys"), "system:nodes")
	s.need(err)
	s.denied(name)

	s.step("a bootstrap token of their own is not even allowed to request one")
	const id, secret = "story0", "0123456789abcdef"
	token := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "bootstrap-token-" + id, Namespace: metav1.NamespaceSystem}, Type: corev1.SecretTypeBootstrapToken,
		StringData: map[string]string{"token-id": id, "token-secret": secret, "usage-bootstrap-authentication": "true"},
	}
	_, err = s.kube.CoreV1().Secrets(metav1.NamespaceSystem).Create(s.ctx, token, metav1.CreateOptions{})
	s.need(err)
	t.Cleanup(func() {
		_ = s.kube.CoreV1().Secrets(metav1.NamespaceSystem).Delete(context.Background(), token.Name, metav1.DeleteOptions{})
	})
	bearer := s.as(func(c *rest.Config) { c.BearerToken = id + "." + secret })
	s.until("the token to be authenticated, and to be allowed nothing", time.Minute, func() (bool, string) {
		_, err := request(s.ctx, bearer, certificatesv1.KubeAPIServerClientKubeletSignerName, "system:node:"+s.oneNode("sys"), "system:nodes")
		if err == nil {
			s.fail("the request was accepted")
		}
		return apierrors.IsForbidden(err) && strings.Contains(err.Error(), "system:bootstrap:"+id), err.Error()
	})
}

// as is a client of the same cluster with another credential.
func (s *story) as(credential func(*rest.Config)) kubernetes.Interface {
	s.Helper()
	config := rest.AnonymousClientConfig(s.config)
	credential(config)
	c, err := kubernetes.NewForConfig(config)
	s.need(err)
	return c
}

func (s *story) deleteForeignPod(as kubernetes.Interface, node string) error {
	s.Helper()
	all, err := s.kube.CoreV1().Pods(metav1.NamespaceSystem).List(s.ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=" + node})
	s.need(err)
	if len(all.Items) == 0 {
		s.fail("no Pod runs on %s", node)
	}
	dry := metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}}
	return as.CoreV1().Pods(metav1.NamespaceSystem).Delete(s.ctx, all.Items[0].Name, dry)
}

// request asks for a client certificate and answers with the request's name.
func request(ctx context.Context, c kubernetes.Interface, signer, user, group string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: user, Organization: []string{group}},
	}, key)
	if err != nil {
		return "", err
	}
	made, err := c.CertificatesV1().CertificateSigningRequests().Create(ctx, &certificatesv1.CertificateSigningRequest{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "story-"},
		Spec: certificatesv1.CertificateSigningRequestSpec{
			SignerName: signer, Request: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}),
			Usages: []certificatesv1.KeyUsage{certificatesv1.UsageDigitalSignature, certificatesv1.UsageClientAuth},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return made.Name, nil
}

// denied waits until a certificate request is denied.
func (s *story) denied(name string) {
	s.Helper()
	s.until("the request "+name+" to be denied", 30*time.Second, func() (bool, string) {
		r, err := s.kube.CertificatesV1().CertificateSigningRequests().Get(s.ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		for _, c := range r.Status.Conditions {
			if c.Type == certificatesv1.CertificateApproved || len(r.Status.Certificate) > 0 {
				s.fail("it was approved: %s", c.Message)
			}
			if c.Type == certificatesv1.CertificateDenied {
				return true, c.Message
			}
		}
		return false, "neither approved nor denied"
	})
}
