package main

import (
	"testing"

	"k8s.io/client-go/rest"
)

// TestARestartedContainerHoldsTheSameLease: the process before it in the same Pod is the holder of that Lease, which a holder may renew at once.
func TestARestartedContainerHoldsTheSameLease(t *testing.T) {
	before, err := leadership(&rest.Config{Host: "https://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	restarted, err := leadership(&rest.Config{Host: "https://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if before.Identity() != restarted.Identity() || before.Describe() != "lotse-system/lotse" {
		t.Errorf("%s holds %s, then %s", before.Identity(), before.Describe(), restarted.Identity())
	}
	if renewDeadline >= leaseDuration || 2*renewPeriod >= renewDeadline {
		t.Errorf("a Lease of %s that is renewed each %s, for %s at most, is lost by one late answer", leaseDuration, renewPeriod, renewDeadline)
	}
}
