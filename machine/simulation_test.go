package machine_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/machine/bootstrap"
)

// simulate hosts and machines until the test ends. It ignores errors and tries again: the controllers change the same objects.
func (e *environment) simulate(ctx context.Context) {
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.simulateOnce(ctx)
		}
	}
}

func (e *environment) simulateOnce(ctx context.Context) {
	pods, disks := &corev1.PodList{}, &corev1.PersistentVolumeClaimList{}
	_, _ = e.List(ctx, pods), e.List(ctx, disks, client.InNamespace(e.machinesNamespace()))
	used := map[string]bool{}
	for _, p := range pods.Items {
		used[p.Name] = true
		switch {
		case p.DeletionTimestamp != nil:
			_ = e.Delete(ctx, &p, client.GracePeriodSeconds(0))
		case p.Namespace != e.machinesNamespace():
		case p.Status.Phase == corev1.PodPending:
			_ = e.run(ctx, &p)
		case p.Status.Phase == corev1.PodRunning:
			_ = e.joinCluster(ctx, &p)
		}
	}
	for _, d := range disks.Items {
		if d.DeletionTimestamp != nil && !used[d.Name] {
			d.Finalizers = nil
			_ = e.Update(ctx, &d)
		}
	}
}

func (e *environment) run(ctx context.Context, p *corev1.Pod) error {
	if p.Spec.NodeName == "" {
		bind := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name}, Target: corev1.ObjectReference{Kind: "Node", Name: "host"}}
		return e.SubResource("binding").Create(ctx, p, bind)
	}
	p.Status.Phase, p.Status.PodIP, p.Status.PodIPs = corev1.PodRunning, "100.96.0.7", []corev1.PodIP{{IP: "100.96.0.7"}}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "machine", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	return e.Status().Update(ctx, p)
}

// joinCluster does what a machine does: it reads its boot file and joins with the certificate that came with it, or waits until its token is accepted
// and asks for a certificate with it.
func (e *environment) joinCluster(ctx context.Context, p *corev1.Pod) error {
	node := &corev1.Node{}
	exists := e.Get(ctx, client.ObjectKey{Name: p.Name}, node) == nil
	if exists && reports(node) {
		return nil
	}
	secret := &corev1.Secret{}
	if err := e.Get(ctx, client.ObjectKeyFromObject(p), secret); err != nil {
		return err
	}
	file, err := bootstrap.ReadFile(secret)
	if err != nil {
		return err
	}
	if accepted, err := e.accepted(ctx, file); !accepted || err != nil {
		return err
	}
	if !exists {
		node = &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: p.Name, Labels: file.Machine.Labels}}
		if err := e.Create(ctx, node); err != nil {
			return err
		}
	}
	node.Status.NodeInfo.KubeletVersion = "v1.37.2"
	node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady", Message: "ready"}}
	return e.Status().Update(ctx, node)
}

// reports is whether the kubelet of a node reports that it is Ready, as each does once after it has started.
func reports(node *corev1.Node) bool {
	return node.Status.NodeInfo.KubeletVersion != "" && node.Status.Conditions[0].Status == corev1.ConditionTrue
}

// accepted reports whether a machine has a credential that its cluster accepts.
func (e *environment) accepted(ctx context.Context, file bootstrap.File) (bool, error) {
	if _, err := tls.X509KeyPair(file.Certificate.PEM, file.Certificate.PEM); err == nil {
		return true, nil
	}
	if err := e.Get(ctx, client.ObjectKey{Namespace: "kube-system", Name: "bootstrap-token-" + file.Token().ID()}, &corev1.Secret{}); err != nil {
		return false, err
	}
	request := &certificatesv1.CertificateSigningRequest{}
	if e.Get(ctx, client.ObjectKey{Name: file.Machine.NodeName}, request) != nil {
		return false, e.requestCertificate(ctx, file.Machine.NodeName, file.Token())
	}
	return len(request.Status.Conditions) > 0 && request.Status.Conditions[0].Type == certificatesv1.CertificateApproved, nil
}

func (e *environment) requestCertificate(ctx context.Context, hostname string, token bootstrap.Token) error {
	as := rest.CopyConfig(e.config)
	as.Impersonate = rest.ImpersonationConfig{UserName: token.User(), Groups: []string{bootstrap.Group, "system:authenticated"}}
	machine, err := client.New(as, client.Options{Scheme: e.Scheme()})
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "system:node:" + hostname, Organization: []string{"system:nodes"}},
	}, key)
	if err != nil {
		return err
	}
	return machine.Create(ctx, &certificatesv1.CertificateSigningRequest{
		ObjectMeta: metav1.ObjectMeta{Name: hostname},
		Spec: certificatesv1.CertificateSigningRequestSpec{
			SignerName: certificatesv1.KubeAPIServerClientKubeletSignerName,
			Usages:     []certificatesv1.KeyUsage{certificatesv1.UsageDigitalSignature, certificatesv1.UsageClientAuth},
			Request:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}),
		},
	})
}
