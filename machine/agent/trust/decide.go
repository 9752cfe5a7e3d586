// Package trust keeps a running machine on the authorities that its cluster has now. The service gives them in the machine's Secret; the first
// signs. The kubelet gets a new certificate by the one that it has, so the node stays Ready; then everything that uses the certificate is started
// again, and the node says by an annotation with which authorities its machine works.
package trust

import "time"

// retry is how long a kubelet may take to get its certificate before it is started again to ask anew.
const retry = 30 * time.Second

// Facts about a machine.
type Facts struct {
	// Given are the authorities that the service gave, "" for none but those of the boot file; Used are those that components work with.
	Given, Used string
	// Exists: the kubelet has a certificate. Current: the first authority signed it.
	Exists, Current bool
	// Restarting: components were not started since the authorities changed, but for the kubelet.
	Restarting bool
	// Renewed is when a renewal was last tried; zero for never.
	Renewed time.Time
	// Reported: the node says what Used is.
	Reported bool
}

// Step to take.
type Step string

// Steps, each for itself.
const (
	Nothing Step = "nothing"
	// Use the authorities that were given.
	Use Step = "use the authorities"
	// Renew the kubelet's certificates.
	Renew Step = "renew the certificates"
	// Restart what uses the kubelet's certificate.
	Restart Step = "restart what uses the certificate"
	// Report on the node.
	Report Step = "report"
)

// Decide what is next.
func Decide(f Facts, now time.Time) Step {
	switch {
	case f.Given != "" && f.Given != f.Used:
		return Use
	case f.Exists && !f.Current && now.Sub(f.Renewed) >= retry:
		return Renew
	case !f.Current:
		return Nothing // the kubelet is getting it
	case f.Restarting:
		return Restart
	case !f.Reported:
		return Report
	}
	return Nothing
}
