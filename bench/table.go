package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lotse.dev/bench/frontdoor"
	"lotse.dev/bench/measured"
	"lotse.dev/bench/usage"
)

// round of one side.
type round struct {
	ready, serves time.Duration    // from the start
	spent         time.Duration    // by everything on the machine until ready
	used, later   usage.Components // at rest; at rest again when clients have used the API server
}

// figures of a whole run.
type figures struct {
	machine     string
	date        time.Time
	idle        time.Duration
	hand, lotse []round
	warm        []time.Duration
	door        []frontdoor.Row
	stories     []measured.Figure
}

// markdown is the page.
func (f figures) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Benchmarks

Written by `+"`make bench`"+` on %s.
Machine: %s.

Medians of %d rounds of each side, in turn, in one run; all values in brackets. "By hand" is unmodified Kubernetes of the same version, compiled alike, started with default flags
(etcd, kube-apiserver, kube-controller-manager, kube-scheduler, containerd, kubelet; see `+"`bench/byhand`"+`), without add-ons, with
certificates, configuration and image archives made before the clock starts. With Lotse the clock starts with the PUT of the cluster and
counts everything: certificates, five Pods, a machine, its registration, and the add-ons beside it.

| | by hand | Lotse | Lotse / by hand |
|---|---|---|---|
`, f.date.UTC().Format("2006-01-02"), f.machine, max(len(f.hand), len(f.lotse)))
	f.times(&b, "create → Succeeded, one Ready node", func(r round) time.Duration { return r.ready })
	f.times(&b, "create → first Pod serves", func(r round) time.Duration { return r.serves })
	f.row(&b, "create → Ready, core-seconds of the whole machine", "%.1f", func(r round) float64 { return r.spent.Seconds() })
	for _, c := range components {
		f.amounts(&b, "private memory "+c+", MiB", func(r round) float64 { return mib(r.used[c]) })
	}
	f.amounts(&b, "**private memory, the four components both have, MiB**", func(r round) float64 { return sum(r, components[:4], mib) })
	f.amounts(&b, "**the same after `kubectl apply`, `kubectl explain` and a fetch of `/openapi/v2`, MiB**",
		func(r round) float64 { return sum(round{used: r.later}, components[:4], mib) })
	f.amounts(&b, "private memory, all, MiB", func(r round) float64 { return sum(r, components, mib) })
	f.amounts(&b, "**idle CPU, the four components both have, millicores**", func(r round) float64 { return sum(r, components[:4], f.millicores) })
	f.amounts(&b, "idle CPU, all, millicores", func(r round) float64 { return sum(r, components, f.millicores) })
	if len(f.warm) > 0 {
		fmt.Fprintf(&b, "| `make up`, warm | | %s | |\n", listed(seconds(f.warm), "%.1f s"))
	}
	fmt.Fprintf(&b, "\nPrivate memory is RssAnon; the text of the one binary is shared by all control planes. A control plane is left alone for %s after the first "+
		"Pod served; then its CPU is counted over another %s.\n", f.idle, f.idle)
	f.doorTable(&b)
	f.storyTables(&b)
	return b.String()
}

func (f figures) times(b *strings.Builder, name string, of func(round) time.Duration) {
	f.row(b, name, "%.1f s", func(r round) float64 { return of(r).Seconds() })
}

func (f figures) amounts(b *strings.Builder, name string, of func(round) float64) {
	f.row(b, name, "%.0f", of)
}

func (f figures) row(b *strings.Builder, name, form string, of func(round) float64) {
	hand, lotse := values(f.hand, of), values(f.lotse, of)
	ratio := ""
	if m := median(hand); m > 0 && len(lotse) > 0 {
		ratio = fmt.Sprintf("%.2f", median(lotse)/m)
	}
	fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, listed(hand, form), listed(lotse, form), ratio)
}

// listed is a median and all values behind it; nothing where nothing was measured.
func listed(all []float64, form string) string {
	if median(all) == 0 {
		return ""
	}
	each := make([]string, len(all))
	for i, v := range all {
		each[i] = fmt.Sprintf(strings.TrimSuffix(form, " s"), v)
	}
	return fmt.Sprintf(form+" (%s)", median(all), strings.Join(each, ", "))
}

func values(rounds []round, of func(round) float64) []float64 {
	all := make([]float64, len(rounds))
	for i, r := range rounds {
		all[i] = of(r)
	}
	return all
}

func seconds(all []time.Duration) []float64 {
	out := make([]float64, len(all))
	for i, d := range all {
		out[i] = d.Seconds()
	}
	return out
}

// median of values; the mean of the two in the middle where their number is even, 0 for none.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func mib(u usage.Usage) float64 { return float64(u.Private) / (1 << 20) }

func (f figures) millicores(u usage.Usage) float64 {
	return 1000 * u.CPU.Seconds() / f.idle.Seconds()
}

func sum(r round, names []string, of func(usage.Usage) float64) (total float64) {
	for _, n := range names {
		total += of(r.used[n])
	}
	return total
}
