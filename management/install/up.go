package install

import (
	"context"

	"k8s.io/utils/clock"

	"lotse.dev/images"
	"lotse.dev/management/host"
	"lotse.dev/management/report"
)

// Choice is what the operator chose.
type Choice struct {
	Data      host.Data
	Artifacts string
	// Address is public, Listen the front door's.
	Address, Listen string
	// Kubeconfig names an existing cluster, ImageRegistry where it pulls from.
	Kubeconfig, ImageRegistry string
	// LogLevel of Lotse; OTLPEndpoint gets its traces. Empty means the default, and none.
	LogLevel, OTLPEndpoint string
	Steps                  *report.Steps
	Clock                  clock.PassiveClock
}

// Result is what the operator is told.
type Result struct{ Endpoint, CredentialFile string }

// Up brings Lotse up on this machine or on an existing cluster.
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
	t.LogLevel, t.TracesTo = c.LogLevel, c.OTLPEndpoint
	return &installation{
		target: t, catalogue: catalogue, artifacts: c.Artifacts, steps: c.Steps, clock: c.Clock,
		credentials: c.Data.Credentials(), trust: func([]byte) error { return nil },
	}
}
