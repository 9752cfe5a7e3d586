package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// Kinds of metrics.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

// metric is one line of docs/metrics.md.
type metric struct {
	name, kind, help string
	labels           []string
}

// all of Lotse's own metrics by name. docs/metrics.md is generated from them.
var all = map[string]metric{}

func define(kind, name, help string, labels ...string) metric {
	m := metric{name: name, kind: kind, help: help, labels: labels}
	all[name] = m
	return m
}

// desc describes a metric whose values are read at each scrape.
func desc(name, help string, labels ...string) *prometheus.Desc {
	m := define(gauge, name, help, labels...)
	return prometheus.NewDesc(m.name, m.help, m.labels, nil)
}

func newCounter(name, help string, labels ...string) *prometheus.CounterVec {
	m := define(counter, name, help, labels...)
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.name, Help: m.help}, m.labels)
	metrics.Registry.MustRegister(c)
	return c
}

func newGauge(name, help string) prometheus.Gauge {
	m := define(gauge, name, help)
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: m.name, Help: m.help})
	metrics.Registry.MustRegister(g)
	return g
}

func newHistogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	m := define(histogram, name, help, labels...)
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: m.name, Help: m.help, Buckets: buckets}, m.labels)
	metrics.Registry.MustRegister(h)
	return h
}
