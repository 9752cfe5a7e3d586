package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// flush bounds sending the last spans when the process ends.
const flush = 5 * time.Second

// Trace exports spans by OTLP over HTTP to OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT; without either there are no
// spans. The other variables of OpenTelemetry, such as OTEL_TRACES_SAMPLER, hold too. Call stop at the end: it sends the last spans.
func Trace(ctx context.Context, version string) (stop func(), err error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return traceTo(sdktrace.NewBatchSpanProcessor(exporter), version)
}

func traceTo(spans sdktrace.SpanProcessor, version string) (stop func(), err error) {
	self, err := resource.New(context.Background(), resource.WithFromEnv(), resource.WithHost(), resource.WithAttributes(
		attribute.String("service.name", "lotse"), attribute.String("service.version", version)))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans), sdktrace.WithResource(self))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(tracing)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { slog.Warn("spans are lost", "error", err) }))
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), flush)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			slog.Warn("spans are lost", "error", err)
		}
	}, nil
}
