package telemetry

import (
	"context"
	"sync/atomic"

	clientmetrics "k8s.io/client-go/tools/metrics"
)

type callsKey struct{}

// calls to Kubernetes APIs in one context.
type calls struct {
	atomic.Int64
	controller string
}

func countCalls(ctx context.Context, controller string) (context.Context, *calls) {
	c := &calls{controller: controller}
	return context.WithValue(ctx, callsKey{}, c), c
}

// requestResult counts requests to Kubernetes APIs by the controller that sent them. It replaces controller-runtime's counter, whose label
// host would grow without bound: every hosted cluster has a host of its own.
type requestResult struct{}

// Increment implements clientmetrics.ResultMetric.
func (requestResult) Increment(ctx context.Context, code, method, _ string) {
	by := "other"
	if c, ok := ctx.Value(callsKey{}).(*calls); ok {
		by = c.controller
		c.Add(1)
	}
	apiRequests.WithLabelValues(by, method, code).Inc()
}

func init() { clientmetrics.RequestResult = requestResult{} }
