package telemetry

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"lotse.dev/pki"
)

// Certificates measures at each scrape when Lotse's own certificates end: files in PEM, by what they are for. Each replica has its own.
type Certificates map[string]string

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (Certificates) NeedLeaderElection() bool { return false }

// Start implements manager.Runnable.
func (c Certificates) Start(ctx context.Context) error {
	if err := metrics.Registry.Register(c); err != nil {
		return fmt.Errorf("metrics of certificates: %w", err)
	}
	<-ctx.Done()
	metrics.Registry.Unregister(c)
	return nil
}

// Describe implements prometheus.Collector.
func (Certificates) Describe(to chan<- *prometheus.Desc) { to <- ownCertificatesDesc }

// Collect implements prometheus.Collector. A file that cannot be read is left out.
func (c Certificates) Collect(to chan<- prometheus.Metric) {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		content, err := os.ReadFile(c[name])
		if err != nil {
			continue
		}
		if end, err := pki.NotAfter(content); err == nil {
			to <- prometheus.MustNewConstMetric(ownCertificatesDesc, prometheus.GaugeValue, float64(end.Unix()), name)
		}
	}
}
