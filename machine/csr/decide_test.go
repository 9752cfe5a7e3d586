package csr

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"reflect"
	"testing"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	host  = "aks-nodepool1-00000001-vmss000000"
	other = "aks-nodepool1-00000001-vmss000001"
)

func TestDecide(t *testing.T) {
	tests := map[string]struct {
		request Request
		machine *Machine
		want    Decision
	}{
		"a machine with its own token gets a client certificate": {
			clientRequest(), machine(), Decision{Approve, "asked for with the token of machine " + host},
		},
		"a node renews its own client certificate": {
			clientRequest(by("system:node:" + host)), machine(), Decision{Approve, "renewal by node " + host + " itself"},
		},
		"a machine with another machine's token is denied": {
			clientRequest(by("system:bootstrap:zzzzzz")), machine(), Decision{Deny, "system:bootstrap:zzzzzz is not the token of machine " + host},
		},
		"a node cannot get another node's client certificate": {
			clientRequest(by("system:node:" + other)), machine(), Decision{Deny, `"system:node:` + other + `" may not ask for a certificate of node ` + host},
		},
		"a customer's administrator cannot get a node's certificate": {
			clientRequest(by("admin")), machine(), Decision{Deny, `"admin" may not ask for a certificate of node ` + host},
		},
		"an empty token does not match a machine whose token is lost": {
			clientRequest(by("system:bootstrap:")), &Machine{Hostname: host}, Decision{Deny, "system:bootstrap: is not the token of machine " + host},
		},
		"a name that no machine has is denied": {
			clientRequest(), nil, Decision{Deny, `no machine is called "` + host + `"`},
		},
		"a machine that is being deleted gets no certificate": {
			clientRequest(), deleting(), Decision{Deny, "machine " + host + " is being deleted"},
		},
		"a client certificate with a host name is denied": {
			clientRequest(func(r *Request) { r.DNSNames = []string{host} }), machine(), Decision{Deny, "a kubelet's client certificate has no alternative names"},
		},
		"a client certificate with an address is denied": {
			clientRequest(func(r *Request) { r.IPs = []string{"10.0.0.1"} }), machine(), Decision{Deny, "a kubelet's client certificate has no alternative names"},
		},
		"a common name that is no node's is denied": {
			clientRequest(func(r *Request) { r.CommonName = "admin" }), machine(), Decision{Deny, `common name "admin" is not a node's`},
		},
		"another group is denied": {
			clientRequest(func(r *Request) { r.Organizations = []string{"system:masters"} }), machine(),
			Decision{Deny, `organizations ["system:masters"] are not exactly "system:nodes"`},
		},
		"a second group is denied": {
			clientRequest(func(r *Request) { r.Organizations = []string{"system:nodes", "system:masters"} }), machine(),
			Decision{Deny, `organizations ["system:nodes" "system:masters"] are not exactly "system:nodes"`},
		},
		"a client certificate that could serve is denied": {
			clientRequest(func(r *Request) { r.Usages = append(r.Usages, certificatesv1.UsageServerAuth) }), machine(),
			Decision{Deny, `usage "server auth" is not a kubelet's`},
		},
		"a client certificate without its purpose is denied": {
			clientRequest(func(r *Request) { r.Usages = []certificatesv1.KeyUsage{certificatesv1.UsageDigitalSignature} }), machine(),
			Decision{Deny, `usage "client auth" is missing`},
		},
		"a request that cannot be read is denied": {
			clientRequest(func(r *Request) { r.Malformed = "the request is not PEM" }), machine(), Decision{Deny, "the request is not PEM"},
		},
		"a decided request is left alone": {
			clientRequest(func(r *Request) { r.Decided = true }), machine(), Decision{Ignore, "decided already"},
		},
		"requests for other signers are ignored": {
			clientRequest(func(r *Request) { r.Signer = certificatesv1.KubeAPIServerClientSignerName }), machine(), Decision{Ignore, "not a kubelet's certificate"},
		},
		"a node gets a serving certificate for its name and address": {
			servingRequest(), machine(), Decision{Approve, "serving certificate of node " + host + " for itself"},
		},
		"a token cannot get a serving certificate": {
			servingRequest(by("system:bootstrap:abcdef")), machine(), Decision{Deny, `"system:bootstrap:abcdef" may not ask for a certificate of node ` + host},
		},
		"a node cannot serve another host": {
			servingRequest(func(r *Request) { r.DNSNames = []string{host, "kubernetes.default"} }), machine(),
			Decision{Deny, `host "kubernetes.default" is not machine ` + host},
		},
		"a node cannot serve another address": {
			servingRequest(func(r *Request) { r.Age = addressDelay; r.IPs = []string{"10.0.0.9"} }), machine(),
			Decision{Deny, "address 10.0.0.9 is not that of machine " + host + ", which is 100.96.0.7"},
		},
		"a machine that started again at another address is waited for": {
			servingRequest(func(r *Request) { r.IPs, r.Age = []string{"10.0.0.9"}, addressDelay-1 }), machine(),
			Decision{Wait, "machine " + host + " was at 100.96.0.7 and may have moved to 10.0.0.9"},
		},
		"an address that is not known yet is waited for": {
			servingRequest(), &Machine{Hostname: host, Token: token}, Decision{Wait, "the address of machine " + host + " is not known yet"},
		},
		"a serving certificate for nothing is denied": {
			servingRequest(func(r *Request) { r.DNSNames, r.IPs = nil, nil }), machine(),
			Decision{Deny, "a kubelet's serving certificate names at least one host or address"},
		},
		"a serving certificate with a URI is denied": {
			servingRequest(func(r *Request) { r.OtherNames = 1 }), machine(), Decision{Deny, "a kubelet's serving certificate has no mail addresses and URIs"},
		},
		"a serving certificate that could be a client is denied": {
			servingRequest(func(r *Request) { r.Usages = append(r.Usages, certificatesv1.UsageClientAuth) }), machine(),
			Decision{Deny, `usage "client auth" is not a kubelet's`},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Decide(tt.request, tt.machine); got != tt.want {
				t.Errorf("decided %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestRead(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject:  pkix.Name{CommonName: "system:node:" + host, Organization: []string{"system:nodes"}},
		DNSNames: []string{host}, IPAddresses: []net.IP{net.ParseIP("100.96.0.7")},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	made := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	o := &certificatesv1.CertificateSigningRequest{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(made)}, Spec: certificatesv1.CertificateSigningRequestSpec{
		SignerName: certificatesv1.KubeletServingSignerName, Username: "system:node:" + host,
		Usages:  []certificatesv1.KeyUsage{certificatesv1.UsageDigitalSignature, certificatesv1.UsageServerAuth},
		Request: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}),
	}}
	want := servingRequest(func(r *Request) { r.Age = time.Second })
	if got := Read(o, made.Add(time.Second)); !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	for sentence, request := range map[string][]byte{
		"a request that is not PEM":           []byte("nothing"),
		"a request that is not a certificate": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte("nothing")}),
	} {
		o.Spec.Request = request
		if Read(o, made).Malformed == "" {
			t.Errorf("%s was read", sentence)
		}
	}
}

const token = "abcdef.0123456789abcdef"

func machine() *Machine { return &Machine{Hostname: host, Token: token, Address: "100.96.0.7"} }

func deleting() *Machine {
	m := machine()
	m.Deleting = true
	return m
}

func clientRequest(edits ...func(*Request)) Request {
	r := Request{
		Signer: certificatesv1.KubeAPIServerClientKubeletSignerName, User: "system:bootstrap:abcdef",
		CommonName: "system:node:" + host, Organizations: []string{"system:nodes"},
		Usages: []certificatesv1.KeyUsage{certificatesv1.UsageDigitalSignature, certificatesv1.UsageClientAuth},
	}
	return changed(r, edits)
}

func servingRequest(edits ...func(*Request)) Request {
	r := clientRequest(by("system:node:" + host))
	r.Signer = certificatesv1.KubeletServingSignerName
	r.DNSNames, r.IPs = []string{host}, []string{"100.96.0.7"}
	r.Usages = []certificatesv1.KeyUsage{certificatesv1.UsageDigitalSignature, certificatesv1.UsageServerAuth}
	return changed(r, edits)
}

func changed(r Request, edits []func(*Request)) Request {
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

func by(user string) func(*Request) { return func(r *Request) { r.User = user } }
