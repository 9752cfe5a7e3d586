package survival

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"reflect"
	"syscall"
	"testing"
	"time"
)

func TestASequenceIsItsSeed(t *testing.T) {
	targets := []string{"etcd", "kubelet", "Lotse"}
	if !reflect.DeepEqual(Sequence(7, targets, 50), Sequence(7, targets, 50)) {
		t.Error("one seed gave two sequences")
	}
	if reflect.DeepEqual(Sequence(7, targets, 50), Sequence(8, targets, 50)) {
		t.Error("two seeds gave one sequence")
	}
	seen := map[Kind]int{}
	for _, f := range Sequence(7, targets, 200) {
		seen[f.Kind]++
	}
	if seen[Kill] < 100 || seen[Hang] == 0 || seen[Pause] == 0 {
		t.Errorf("the faults are %v", seen)
	}
}

// store of a service that may lose a write, or not answer.
type store struct {
	values     map[int]int64
	lose, mute map[int64]bool
}

func (s *store) Write(_ context.Context, object int, value int64) error {
	if !s.lose[value] {
		s.values[object] = value
	}
	if s.mute[value] {
		return errors.New("no answer")
	}
	return nil
}

func (s *store) Read(_ context.Context, object int) (int64, error) { return s.values[object], nil }

func TestRecord(t *testing.T) {
	for sentence, c := range map[string]struct {
		lose, mute map[int64]bool
		good       bool
	}{
		"a service that keeps what it acknowledged is in order":     {good: true},
		"a service that loses a write it acknowledged is not":       {lose: map[int64]bool{6: true}},
		"a write without an answer may have arrived":                {mute: map[int64]bool{6: true}, good: true},
		"a write without an answer may be lost":                     {mute: map[int64]bool{6: true}, lose: map[int64]bool{6: true}, good: true},
		"a write before one that was acknowledged may arrive later": {mute: map[int64]bool{4: true}, good: true},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := &store{values: map[int]int64{}, lose: c.lose, mute: c.mute}
			r := NewRecord(s, 2)
			for range 6 {
				r.write(t.Context(), time.Second)
			}
			if err := r.Verify(t.Context()); (err == nil) != c.good {
				t.Error(err)
			}
			if acknowledged, refused := r.Totals(); acknowledged != 6-len(c.mute) || refused != len(c.mute) {
				t.Errorf("%d acknowledged, %d refused", acknowledged, refused)
			}
		})
	}
}

func TestOutage(t *testing.T) {
	l := NewLoad(nil)
	start := l.last
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	for _, answer := range []float64{0.1, 5, 5.1, 7, 7.1} {
		l.note(at(answer))
	}
	for _, c := range []struct{ since, now, want float64 }{{0, 7.2, 4.9}, {5.05, 7.2, 1.9}, {7.05, 7.2, 0.1}, {7.05, 10.1, 3}} {
		if got := l.Outage(at(c.since), at(c.now)).Round(time.Millisecond).Seconds(); got != c.want {
			t.Errorf("since %v until %v: %v s without an answer, want %v", c.since, c.now, got, c.want)
		}
	}
}

func TestLoadAsks(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	good := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer good.Close()
	l := NewLoad(nil)
	l.ask(t.Context(), server.URL)
	l.ask(t.Context(), good.URL)
	if asked, answered := l.Answers(); asked != 2 || answered != 1 {
		t.Errorf("%d asked, %d answered", asked, answered)
	}
}

func TestInject(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = sleeper.Wait(); close(ended) }()
	target := Target{Find: func(context.Context) ([]Process, error) {
		return find(func(p Process) bool { return p.PID == sleeper.Process.Pid }, "sleep")
	}}
	hit, err := target.Inject(t.Context(), syscall.SIGKILL)
	if err != nil || len(hit) != 1 || hit[0].Name != "sleep" {
		t.Fatalf("hit %v: %v", hit, err)
	}
	<-ended
	if hit[0].Alive() {
		t.Error("it is said to be alive")
	}
	if replaced, why := target.Replaced(t.Context(), hit); replaced {
		t.Errorf("replaced: %s", why)
	}
	if _, start := stat(os.Getpid()); start == "" {
		t.Error("this process's start is not found")
	}
}

func TestProcessesAreFoundByTheirGroup(t *testing.T) {
	machine := Process{Groups: "5:memory:/lotse/kubepods/burstable/pod1-2/abc\n4:cpu:/lotse/kubepods/burstable/pod1-2/abc"}
	inner := Process{Groups: "5:memory:/lotse/kubepods/burstable/pod1-2/abc/kubepods/pod7/def"}
	systemd := Process{Groups: "0::/lotse.slice/kubepods-pod1_2.slice/cri-containerd-abc.scope"}
	for _, c := range []struct {
		process       Process
		owned, within bool
	}{{machine, true, true}, {inner, false, true}, {systemd, true, true}, {Process{Groups: "0::/"}, false, false}} {
		if c.process.owned("abc") != c.owned || c.process.within("1-2") != c.within {
			t.Errorf("%s: owned %t, within %t", c.process.Groups, c.process.owned("abc"), c.process.within("1-2"))
		}
	}
	if machine.owned("") || machine.within("") {
		t.Error("a container without an ID owns processes")
	}
}
