// Package usage reads what processes use from /proc: private memory, and processor time over a while.
package usage

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor time in /proc: Linux shows 100 to a second on every architecture Go runs on.
const tick = 10 * time.Millisecond

// Usage of one component.
type Usage struct {
	// Private memory (RssAnon), in bytes: what no other process shares.
	Private int64 `json:"private"`
	// CPU time used between the two looks.
	CPU time.Duration `json:"cpu"`
}

// Components are usages by the component's name.
type Components map[string]Usage

// Idle leaves processes, given by component, alone for a while, and then measures them over as long again.
func Idle(ctx context.Context, pids map[string]int, while time.Duration) (Components, error) {
	if err := pause(ctx, while); err != nil {
		return nil, err
	}
	before := map[string]time.Duration{}
	for name, pid := range pids {
		used, err := cpu(pid)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		before[name] = used
	}
	if err := pause(ctx, while); err != nil {
		return nil, err
	}
	all := Components{}
	for name, pid := range pids {
		used, err := cpu(pid)
		if err != nil {
			return nil, fmt.Errorf("%s did not outlive the measurement: %w", name, err)
		}
		memory, err := private(pid)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[name] = Usage{Private: memory, CPU: used - before[name]}
	}
	return all, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// InCgroups finds the processes whose control group names one of the Pods, by the name of their program.
func InCgroups(pods []string) (map[string]int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		return nil, err
	}
	found := map[string]int{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil || !namesAny(string(content), pods) {
			continue // it ended meanwhile, or is another's
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			continue
		}
		if program := program(pid); program != "" && program != "pause" {
			found[program] = pid
		}
	}
	return found, nil
}

func namesAny(cgroup string, pods []string) bool {
	for _, uid := range pods {
		if strings.Contains(cgroup, uid) || strings.Contains(cgroup, strings.ReplaceAll(uid, "-", "_")) {
			return true
		}
	}
	return false
}

func program(pid int) string {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return ""
	}
	first, _, _ := bytes.Cut(line, []byte{0})
	return filepath.Base(string(first))
}

func private(pid int) (int64, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return rssAnon(string(content))
}

// PrivateOfAll is the private memory of all processes of the machine, in bytes.
func PrivateOfAll() (total int64, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			continue
		}
		if one, err := private(pid); err == nil { // a thread of the kernel has none
			total += one
		}
	}
	return total, nil
}

func rssAnon(status string) (int64, error) {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("the kernel shows no RssAnon")
}

func cpu(pid int) (time.Duration, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return cpuTime(string(content))
}

// cpuTime is user and system time: fields 14 and 15. The second field is a name in brackets that may hold blanks.
func cpuTime(stat string) (time.Duration, error) { return ticksOf(stat, 2) }

// WithChildren returns the processor time in a line of /proc/PID/stat together with that of the process's children that ended.
func WithChildren(stat string) (time.Duration, error) { return ticksOf(stat, 4) }

func ticksOf(stat string, count int) (total time.Duration, err error) {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 15 {
		return 0, fmt.Errorf("the process's stat is too short: %q", stat)
	}
	return sumOfTicks(fields[11 : 11+count])
}

// Clock measures a while: how long it takes, and the processor time that the whole machine spends on it.
type Clock struct {
	started time.Time
	busy    time.Duration
}

// Start a clock.
func Start() (Clock, error) {
	busy, err := Busy()
	return Clock{started: time.Now(), busy: busy}, err
}

// Read returns what has passed since the clock was started.
func (c Clock) Read() (took, spent time.Duration, err error) {
	took = time.Since(c.started)
	busy, err := Busy()
	return took, busy - c.busy, err
}

// Busy returns the time that all processors of the machine have worked since it began.
func Busy() (time.Duration, error) {
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return busyTime(string(content))
}

// busyTime adds user, nice, system, irq and softirq, and leaves out waiting: idle and iowait.
func busyTime(stat string) (time.Duration, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 8 || fields[0] != "cpu" {
		return 0, fmt.Errorf("the machine's stat begins with %q", line)
	}
	return sumOfTicks(slices.Concat(fields[1:4], fields[6:8]))
}

func sumOfTicks(numbers []string) (time.Duration, error) {
	var ticks int64
	for _, n := range numbers {
		one, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += one
	}
	return time.Duration(ticks) * tick, nil
}
