package credentials

import (
	"testing"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/pki"
)

func TestExpiryIsThatOfTheCertificateThatEndsFirst(t *testing.T) {
	if e := Expiry(nil); e != nil {
		t.Errorf("without certificates it is %+v", e)
	}
	data, err := pki.Complete(nil, born)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pki.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	held, _ := fill(t, example(), nil, born.Add(time.Hour), r)
	held[v1alpha1.SecretPKI] = data
	short, err := r.Cluster.Issue(pki.Leaf{CommonName: "x", Client: true, Life: time.Hour}, born)
	if err != nil {
		t.Fatal(err)
	}
	held["kube-scheduler"]["client.crt"], held["kube-scheduler"]["client.key"] = short.Certificate, short.Key
	e := Expiry(held)
	if e.First != "kube-scheduler/client" || !e.NotAfter.Time.Equal(born.Add(time.Hour)) {
		t.Errorf("the first is %s on %s", e.First, e.NotAfter)
	}
	if !e.AuthoritiesNotAfter.Time.Equal(pki.AuthoritiesNotAfter(data)) {
		t.Errorf("the authorities end on %s", e.AuthoritiesNotAfter)
	}
}
