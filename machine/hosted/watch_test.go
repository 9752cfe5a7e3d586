package hosted

import (
	"testing"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

func TestIsRelevant(t *testing.T) {
	node := func(edit func(*corev1.Node)) *corev1.Node {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "vm0", UID: "1", Labels: map[string]string{"tier": "web"}}}
		n.Status.Conditions = []corev1.NodeCondition{
			{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionFalse}, {Type: corev1.NodeReady, Status: corev1.ConditionTrue},
		}
		edit(n)
		return n
	}
	for sentence, c := range map[string]struct {
		edit func(*corev1.Node)
		want bool
	}{
		"a heartbeat is not relevant":            {func(n *corev1.Node) { n.Status.Conditions[1].LastHeartbeatTime = metav1.Now() }, false},
		"another condition is not relevant":      {func(n *corev1.Node) { n.Status.Conditions[0].Status = corev1.ConditionTrue }, false},
		"a node that is not Ready is relevant":   {func(n *corev1.Node) { n.Status.Conditions[1].Status = corev1.ConditionUnknown }, true},
		"a node without conditions is relevant":  {func(n *corev1.Node) { n.Status.Conditions = nil }, true},
		"a changed label is relevant":            {func(n *corev1.Node) { n.Labels["tier"] = "db" }, true},
		"a changed annotation is relevant":       {func(n *corev1.Node) { n.Annotations = map[string]string{"a": "b"} }, true},
		"a cordoned node is relevant":            {func(n *corev1.Node) { n.Spec.Unschedulable = true }, true},
		"a node that gets addresses is relevant": {func(n *corev1.Node) { n.Spec.PodCIDR = "10.244.0.0/24" }, true},
		"a node that was replaced is relevant":   {func(n *corev1.Node) { n.UID = "2" }, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := isRelevant(node(func(*corev1.Node) {}), node(c.edit)); got != c.want {
				t.Errorf("relevant: %t", got)
			}
		})
	}
	if !isRelevant(nil, node(func(*corev1.Node) {})) {
		t.Error("an object of an unknown type is not relevant")
	}
}

func TestStripKeepsWhatControllersRead(t *testing.T) {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "vm0", ManagedFields: []metav1.ManagedFieldsEntry{{}}}}
	n.Status.Conditions, n.Status.Images = []corev1.NodeCondition{{Type: corev1.NodeReady}}, []corev1.ContainerImage{{}}
	if _, err := strip(n); err != nil || n.Name != "vm0" || len(n.Status.Conditions) != 1 || n.Status.Images != nil || n.ManagedFields != nil {
		t.Errorf("node is %+v, %v", n, err)
	}
	r := &certificatesv1.CertificateSigningRequest{ObjectMeta: metav1.ObjectMeta{Name: "csr"}}
	r.Spec.Request, r.Status.Certificate = []byte("request"), []byte("certificate")
	r.Status.Conditions = []certificatesv1.CertificateSigningRequestCondition{{Type: certificatesv1.CertificateApproved}}
	r.Annotations, r.Spec.SignerName = map[string]string{"a": "b"}, certificatesv1.KubeletServingSignerName
	for range 2 {
		if _, err := strip(r); err != nil || r.Name != "csr" || len(r.Status.Conditions) != 1 || r.Spec.Request != nil || r.Status.Certificate != nil ||
			r.Annotations != nil || r.Spec.SignerName != certificatesv1.KubeletServingSignerName {
			t.Errorf("request is %+v, %v", r, err)
		}
	}
}

func TestEventsNameTheirObject(t *testing.T) {
	node, decided := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "vm0"}}, &certificatesv1.CertificateSigningRequest{}
	decided.Name, decided.Status.Conditions = "decided", []certificatesv1.CertificateSigningRequestCondition{{}}
	pending := &certificatesv1.CertificateSigningRequest{ObjectMeta: metav1.ObjectMeta{Name: "pending"}}
	pending.Spec.SignerName, decided.Spec.SignerName = certificatesv1.KubeletServingSignerName, certificatesv1.KubeletServingSignerName
	foreign := &certificatesv1.CertificateSigningRequest{Spec: certificatesv1.CertificateSigningRequestSpec{SignerName: "example.com/other"}}
	var sent []string
	send := func(name string) { sent = append(sent, name) }
	nodeEvents(send).OnAdd(node, false)
	nodeEvents(send).OnUpdate(node, node)
	nodeEvents(send).OnDelete(cache.DeletedFinalStateUnknown{Obj: node})
	for _, r := range []*certificatesv1.CertificateSigningRequest{decided, foreign, pending} {
		requestEvents(func() { send(r.Name) }).OnAdd(r, false)
	}
	if len(sent) != 3 || sent[0] != "vm0" || sent[1] != "vm0" || sent[2] != "pending" {
		t.Errorf("events for %q", sent)
	}
}
