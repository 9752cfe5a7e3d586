package install

import (
	"context"

	"k8s.io/utils/clock"

	"lotse.dev/images"
	"lotse.dev/management/host"
	"lotse.dev/management/report"
)

// Choice is what the operator can choose.
type Choice struct {
	Data      host.Data
	Artifacts string
	// Address is the public address of hosted API servers, Listen the front door's.
	Address, Listen string
	// Kubeconfig of an existing cluster, ImageRegistry from which it pulls.
	Kubeconfig, ImageRegistry string
	// LogLevel of Lotse, and OTLPEndpoint to which it sends traces. Empty means the default level and no traces.
	LogLevel, OTLPEndpoint string
	Steps                  *report.Steps
	Clock                  clock.PassiveClock
}

// Result is what the command shows.
type Result struct{ Endpoint, CredentialFile string }

// Up starts Lotse on this host or installs it on an existing cluster.
func Up(ctx context.Context, c Choice) (Result, error) {
	catalogue, err := images.ReadCatalogue(c.Artifacts + "/images")
	if err != nil {
		return Result{}, err
	}
	if c.Kubeconfig != "" {
		return onCluster(ctx, c, catalogue)
	}
	return onHost(ctx, c, catalogue)
}

func (c Choice) installation(catalogue images.Catalogue, t Target) *installation {
	t.LogLevel, t.OTLPEndpoint = c.LogLevel, c.OTLPEndpoint
	return &installation{
		target: t, catalogue: catalogue, artifacts: c.Artifacts, steps: c.Steps, clock: c.Clock,
		credentials: c.Data.Credentials(), trust: func([]byte) error { return nil },
	}
}
