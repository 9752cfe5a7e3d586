// Package probe is how a kubelet probes the containers that Lotse runs on the management cluster: how long a start may take, and when a container
// counts as hung. What is probed stands where the container is rendered.
//
// A busy machine answers late, and a restart makes it busier: what is restarted starts over. So a start may take long, and a probe waits long for
// its answer (docs/design/survival.md).
package probe

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// StartLimit is how long a container may take to start.
const StartLimit = 10 * time.Minute

// LivezGracePeriod is the flag of an API server by which /livez does not report hooks that have not finished while a start may take. A kubelet
// that was restarted does not wait for the startup probes of containers that it finds running.
var LivezGracePeriod = fmt.Sprintf("--livez-grace-period=%dm", int(StartLimit.Minutes()))

// startPeriod is short, so that the end of a start is noticed at once.
const startPeriod = time.Second

// Startup probes a container each second until it has started, and restarts it after StartLimit. timeout is how long one probe waits.
func Startup(h corev1.ProbeHandler, timeout time.Duration) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: h, PeriodSeconds: seconds(startPeriod), TimeoutSeconds: seconds(timeout), FailureThreshold: int32(StartLimit / startPeriod),
	}
}

// Liveness restarts a container that has not answered for about 40 s. The grace period is short: a program that hangs does not handle SIGTERM
// either.
func Liveness(h corev1.ProbeHandler) *corev1.Probe {
	grace := int64(1)
	return &corev1.Probe{ProbeHandler: h, PeriodSeconds: 10, TimeoutSeconds: 10, FailureThreshold: 3, TerminationGracePeriodSeconds: &grace}
}

func seconds(d time.Duration) int32 { return int32(d / time.Second) }
