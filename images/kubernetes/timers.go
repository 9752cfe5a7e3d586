package main

import (
	"syscall"
	"time"

	controlplane "k8s.io/kubernetes/pkg/controlplane/apiserver"
)

// timerSlack is how late a timer of an idle server may fire. An API server has a timer of a second for each kind of object and a controller
// manager and a kubelet look at volumes every 100 ms: together they wake an idle machine more than a hundred times a second, and most of what
// each costs is the waking. Timers that end within the slack share one. A processor that is busy with something else serves them at its next tick.
const timerSlack = 50 * time.Millisecond

// leaseRenewal of the Lease by which an API server says that it exists. It is good for an hour, and with upstream's ten seconds renewing it is
// most of what an idle cluster writes.
const leaseRenewal = 5 * time.Minute

// coalesceTimers makes a server wake up seldom while it has nothing to do. None of them starts a customer's program, which would inherit the slack.
func coalesceTimers() {
	controlplane.IdentityLeaseRenewIntervalPeriod = leaseRenewal
	// Threads inherit the slack from the one that starts them, and the runtime has started some. Without it nothing is lost but the saving.
	_, _, _ = syscall.AllThreadsSyscall(syscall.SYS_PRCTL, syscall.PR_SET_TIMERSLACK, uintptr(timerSlack), 0)
}
