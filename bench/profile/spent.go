package profile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Spent is what one program of one place used between two looks.
type Spent struct {
	// Place is the Pod's namespace and name as Namer gives them, or the control group's outermost part.
	Place, Program string
	Processes      int
	CPU            time.Duration
	Switches       uint64
	Written        uint64 // bytes
}

// Report is what a while cost.
type Report struct {
	// CPU of the whole machine; All is the part of it that processes account for.
	CPU     time.Duration
	Flushes uint64
	All     []Spent // dearest first
}

// Namer returns the place of a control group's processes, such as "lotse-system/lotse".
type Namer func(cgroup string) string

// Between two looks.
func Between(before, after Look, place Namer) Report {
	type key struct{ place, program string }
	all := map[key]*Spent{}
	for id, p := range after.processes {
		was := before.processes[id]
		k := key{place(p.cgroup), p.program}
		s := all[k]
		if s == nil {
			s = &Spent{Place: k.place, Program: k.program}
			all[k] = s
		}
		s.Processes++
		s.CPU += p.cpu - was.cpu
		s.Switches += p.switches - min(was.switches, p.switches) // a thread that ended takes its own with it
		s.Written += p.written - was.written
	}
	r := Report{CPU: after.busy - before.busy, Flushes: after.flushes - before.flushes}
	for s := range maps.Values(all) {
		r.All = append(r.All, *s)
	}
	slices.SortFunc(r.All, func(a, b Spent) int {
		return cmp.Or(cmp.Compare(b.CPU, a.CPU), cmp.Compare(b.Switches, a.Switches), strings.Compare(a.Place+a.Program, b.Place+b.Program))
	})
	return r
}

// Markdown is a table of the programs that used at least a tenth of a core-second; the last rows are the rest of them and the machine's total.
func (r Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintln(&b, "| where | program | core-seconds | context switches | written, MiB |\n|---|---|---|---|---|")
	var rest Spent
	for _, s := range r.All {
		if s.CPU < 100*time.Millisecond {
			rest.CPU, rest.Switches, rest.Written = rest.CPU+s.CPU, rest.Switches+s.Switches, rest.Written+s.Written
			continue
		}
		name := s.Program
		if s.Processes > 1 {
			name = fmt.Sprintf("%s × %d", name, s.Processes)
		}
		fmt.Fprintf(&b, "| %s | %s | %s\n", s.Place, name, s.amounts())
	}
	fmt.Fprintf(&b, "| others | | %s\n", rest.amounts())
	fmt.Fprintf(&b, "| **the machine** | | %.2f | | |\n\nDisks were flushed %d times.\n", r.CPU.Seconds(), r.Flushes)
	return b.String()
}

func (s Spent) amounts() string {
	return fmt.Sprintf("%.2f | %d | %.1f |", s.CPU.Seconds(), s.Switches, float64(s.Written)/(1<<20))
}
