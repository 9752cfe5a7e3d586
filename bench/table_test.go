package main

import (
	"strings"
	"testing"
	"time"

	"lotse.dev/bench/frontdoor"
	"lotse.dev/bench/measured"
	"lotse.dev/bench/usage"
)

func TestMedian(t *testing.T) {
	tests := map[string]struct {
		values []float64
		want   float64
	}{
		"of none it is 0":                     {nil, 0},
		"of an odd number it is the middle":   {[]float64{9, 1, 5}, 5},
		"of an even number it is the mean":    {[]float64{4, 1, 2, 9}, 3},
		"an outlier does not move it further": {[]float64{1, 2, 1000}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := median(tt.values); got != tt.want {
				t.Errorf("median = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestThePageShowsMediansValuesAndRatios(t *testing.T) {
	of := func(ready time.Duration, memory int64) round {
		return round{ready: ready, serves: 2 * ready, used: usage.Components{"etcd": {Private: memory << 20, CPU: time.Second}}}
	}
	f := figures{
		machine: "a machine", date: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), idle: 10 * time.Second,
		hand:  []round{of(8*time.Second, 20), of(10*time.Second, 20), of(12*time.Second, 20)},
		lotse: []round{of(5*time.Second, 10), of(5*time.Second, 10), of(7*time.Second, 10)},
		warm:  []time.Duration{3 * time.Second},
		door: []frontdoor.Row{{
			Name: "GET", Door: frontdoor.Load{Requests: 100, Took: time.Second, P50: time.Millisecond, P99: 5 * time.Millisecond},
			Server: frontdoor.Load{Requests: 400, Took: time.Second, P50: 500 * time.Microsecond, P99: 2 * time.Millisecond},
		}},
		stories: []measured.Figure{{Table: "Recovery", Name: "etcd killed", Took: 4250 * time.Millisecond, Stated: 90 * time.Second}},
	}
	page := f.markdown()
	for _, want := range []string{
		"on 2026-11-23.", "Machine: a machine.",
		"| create → Succeeded, one Ready node | 10.0 s (8.0, 10.0, 12.0) | 5.0 s (5.0, 5.0, 7.0) | 0.50 |",
		"| private memory etcd, MiB | 20 (20, 20, 20) | 10 (10, 10, 10) | 0.50 |",
		"| private memory konnectivity-server, MiB |  |  |  |",
		"| idle CPU, all, millicores | 100 (100, 100, 100) | 100 (100, 100, 100) | 1.00 |",
		"| `make up`, warm | | 3.0 s (3.0) | |",
		"| GET | 100 | 1.0 ms | 5.0 ms | 400 | 0.5 ms | 2.0 ms | 0.25 |",
		"## Recovery", "| etcd killed | 4.2 s | 90.0 s |  |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestThePartOfThePageThatIsNotMeasuredIsKept(t *testing.T) {
	for sentence, c := range map[string]struct{ page, want string }{
		"there is no page yet":             {"", ""},
		"the page has no such part":        {"# Benchmarks\n\nfigures\n", ""},
		"the part is kept up to the end":   {"# Benchmarks\n\nfigures\n\n## Building and testing\n\nslow\n", "\n## Building and testing\n\nslow\n"},
		"another heading does not look so": {"# Benchmarks\n\n## Building\n", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := handWritten(c.page); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestProgressSaysHowLongItHasTaken(t *testing.T) {
	var out strings.Builder
	p := newProgress(&out)
	p.started = p.started.Add(-65 * time.Second)
	p.report("round %d of %d", 1, 3)
	if got, want := out.String(), "1:05  round 1 of 3\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
