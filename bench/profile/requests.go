package profile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/client-go/rest"
)

// Requests that an API server has answered, by verb and resource, such as "PATCH pods".
type Requests map[string]int

// requestTotal is the API server's own count.
const requestTotal = "apiserver_request_total"

// RequestsOf an API server since it began.
func RequestsOf(ctx context.Context, client rest.Interface) (Requests, error) {
	content, err := client.Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(content)))
	if err != nil {
		return nil, fmt.Errorf("metrics of the API server: %w", err)
	}
	all := Requests{}
	for _, m := range families[requestTotal].GetMetric() {
		all[strings.TrimSpace(label(m, "verb")+" "+cmp.Or(label(m, "resource"), "(no resource)"))] += int(m.GetCounter().GetValue())
	}
	return all, nil
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// Since an earlier count of the same server.
func (r Requests) Since(earlier Requests) Requests {
	since := Requests{}
	for name, count := range r {
		if n := count - earlier[name]; n > 0 {
			since[name] = n
		}
	}
	return since
}

// Markdown lists the most frequent ones, and how many there are in all.
func (r Requests) Markdown(most int) string {
	names := slices.SortedFunc(maps.Keys(r), func(a, b string) int { return cmp.Or(cmp.Compare(r[b], r[a]), strings.Compare(a, b)) })
	total := 0
	for _, n := range r {
		total += n
	}
	var listed []string
	for _, name := range names[:min(most, len(names))] {
		listed = append(listed, fmt.Sprintf("%s %d", name, r[name]))
	}
	return fmt.Sprintf("%d requests: %s", total, strings.Join(listed, ", "))
}
