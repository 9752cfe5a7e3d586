package preflight

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// exported is what an API server's metrics look like around those that are read.
const exported = `# HELP aggregator_discovery_aggregation_count_total [ALPHA] Counter of number of times discovery was aggregated
# TYPE aggregator_discovery_aggregation_count_total counter
aggregator_discovery_aggregation_count_total 3
# HELP apiserver_request_total [STABLE] Counter of apiserver requests broken out for each verb.
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",group="",resource="pods",verb="LIST",version="v1"} 7
%s# HELP process_start_time_seconds [ALPHA] Start time of the process since unix epoch in seconds.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.7957e+09
`

const requested = `# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.
# TYPE apiserver_requested_deprecated_apis gauge
`

func TestRequested(t *testing.T) {
	for sentence, c := range map[string]struct {
		metrics, want string
		wrong         string
	}{
		"an API that is removed is read with its release": {
			fmt.Sprintf(exported, requested+`apiserver_requested_deprecated_apis{group="example.k8s.io",removed_release="1.37",resource="things",subresource="status",version="v1beta1"} 1`+"\n"),
			"example.k8s.io/v1beta1 things/status 1.37 2026-11-26T13:33:20Z", "",
		},
		"the core group has no name": {
			fmt.Sprintf(exported, requested+`apiserver_requested_deprecated_apis{group="",removed_release="1.40",resource="componentstatuses",subresource="",version="v1"} 1`+"\n"),
			"v1 componentstatuses 1.40 2026-11-26T13:33:20Z", "",
		},
		"one that stays is none": {
			fmt.Sprintf(exported, requested+`apiserver_requested_deprecated_apis{group="",removed_release="",resource="endpoints",subresource="",version="v1"} 1`+"\n"), "", "",
		},
		"one that was reset is none": {
			fmt.Sprintf(exported, requested+`apiserver_requested_deprecated_apis{group="a",removed_release="1.37",resource="b",subresource="",version="v1"} 0`+"\n"), "", "",
		},
		"without the family nobody has requested one": {fmt.Sprintf(exported, ""), "", ""},
		"a longer name is another metric": {
			fmt.Sprintf(exported, `apiserver_requested_deprecated_apis_total{removed_release="1.37"} 1`+"\n"), "", "",
		},
		"a page of something else is no answer":  {"<html>Bad Gateway</html>\n", "", "have no process_start_time_seconds"},
		"nothing is no answer":                   {"", "", "have no process_start_time_seconds"},
		"a line that is cut off is no answer":    {fmt.Sprintf(exported, requested+`apiserver_requested_deprecated_apis{group="a`+"\n"), "", "metrics of the API server"},
		"a line without an end is not held long": {strings.Repeat("x", maxLine+1), "", "too long"},
	} {
		t.Run(sentence, func(t *testing.T) {
			apis, err := Requested(strings.NewReader(c.metrics))
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("got %v, %v", apis, err)
				}
				return
			}
			var got []string
			for _, a := range apis {
				got = append(got, fmt.Sprintf("%s %s %s", a.Name(), a.Removed, a.Since.Format("2006-01-02T15:04:05Z07:00")))
			}
			if err != nil || strings.Join(got, "; ") != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestMetricsThatBreakOffAreAnError(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(fmt.Sprintf(exported, "")), brokenReader{})
	if apis, err := Requested(broken); err == nil {
		t.Errorf("got %v", apis)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }
