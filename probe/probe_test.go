package probe

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestAHangIsNoticedAfter40Seconds(t *testing.T) {
	p := Liveness(corev1.ProbeHandler{})
	if noticed := p.PeriodSeconds*p.FailureThreshold + p.TimeoutSeconds; noticed != 40 {
		t.Errorf("a hang is noticed after %d s at most; docs/design/survival.md and the stories' stated times count with 40 s", noticed)
	}
}

func TestAStartMayTakeTenMinutes(t *testing.T) {
	p := Startup(corev1.ProbeHandler{}, 5*time.Second)
	if limit := time.Duration(p.PeriodSeconds*p.FailureThreshold) * time.Second; limit != StartLimit || p.TimeoutSeconds != 5 {
		t.Errorf("a start may take %s with a timeout of %d s, want %s and 5 s", limit, p.TimeoutSeconds, StartLimit)
	}
}
