package v1alpha1

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestCertificateWarning(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	in := func(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(d)) }
	const month = 30 * day
	for sentence, c := range map[string]struct {
		leaf, authorities time.Duration
		stopped           bool
		want              string
	}{
		"certificates that are renewed in time need nothing":                {5 * month, 300 * month, false, ""},
		"one that was to be renewed is named":                               {2 * month, 300 * month, false, "certificate etcd/server ends on 2027-01-26"},
		"the start of a stopped cluster renews them":                        {-month, 300 * month, true, ""},
		"authorities are to be replaced a year before they end":             {5 * month, 11 * month, false, "rotate its certificates before"},
		"those of a stopped cluster too, which has to run for it":           {5 * month, 11 * month, true, "cannot be replaced while it is stopped"},
		"when both end, the authorities are named: they take all with them": {month, month, false, "authorities end on 2026-12-27"},
	} {
		t.Run(sentence, func(t *testing.T) {
			cluster := &ManagedCluster{}
			cluster.Status.Endpoint.Port = 30443
			cluster.Status.Certificates = &CertificateExpiry{First: "etcd/server", NotAfter: in(c.leaf), AuthoritiesNotAfter: in(c.authorities)}
			if c.stopped {
				cluster.Spec.PowerState, cluster.Status.PowerState = Stopped, Stopped
			}
			got := cluster.CertificateWarning(now)
			if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := (&ManagedCluster{}).CertificateWarning(now); got != "" {
		t.Errorf("a cluster without certificates: %q", got)
	}
}
