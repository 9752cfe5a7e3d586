package preflight

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Metrics of an API server: which deprecated APIs were requested since it began, and when that was.
const (
	requestedMetric = "apiserver_requested_deprecated_apis"
	startedMetric   = "process_start_time_seconds"
)

// maxLine of metrics that is read, in bytes. Upstream's are far shorter.
const maxLine = 1 << 20

// Requested reads the deprecated APIs that have a release in which they are removed from an API server's metrics. A family that is missing means that
// nobody has requested one; metrics without the start of the process are none.
func Requested(metrics io.Reader) ([]API, error) {
	wanted, err := only(metrics, requestedMetric, startedMetric)
	if err != nil {
		return nil, fmt.Errorf("metrics of the API server: %w", err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(wanted)
	if err != nil {
		return nil, fmt.Errorf("metrics of the API server: %w", err)
	}
	if families[startedMetric] == nil {
		return nil, fmt.Errorf("the API server's metrics have no %s", startedMetric)
	}
	began := started(families[startedMetric].GetMetric())
	var all []API
	for _, m := range families[requestedMetric].GetMetric() {
		if removed := label(m, "removed_release"); removed != "" && value(m) > 0 {
			all = append(all, API{label(m, "group"), label(m, "version"), label(m, "resource"), label(m, "subresource"), removed, began})
		}
	}
	slices.SortFunc(all, func(a, b API) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// only the lines of some metrics, with their comments: the rest is megabytes.
func only(metrics io.Reader, names ...string) (io.Reader, error) {
	var kept bytes.Buffer
	lines := bufio.NewScanner(metrics)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		line := strings.TrimPrefix(strings.TrimPrefix(lines.Text(), "# HELP "), "# TYPE ")
		if slices.ContainsFunc(names, func(name string) bool {
			rest, found := strings.CutPrefix(line, name)
			return found && (strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, "{"))
		}) {
			kept.WriteString(lines.Text() + "\n")
		}
	}
	return &kept, lines.Err()
}

func started(metrics []*dto.Metric) time.Time {
	if len(metrics) == 0 {
		return time.Time{}
	}
	seconds, fraction := math.Modf(value(metrics[0]))
	return time.Unix(int64(seconds), int64(fraction*float64(time.Second))).UTC()
}

// value of a gauge, or of one that lost its type.
func value(m *dto.Metric) float64 {
	if m.GetUntyped() != nil {
		return m.GetUntyped().GetValue()
	}
	return m.GetGauge().GetValue()
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}
