package usage

import (
	"context"
	"os"
	"testing"
	"time"
)

func TestCPUTimeReadsPastOddNames(t *testing.T) {
	got, err := cpuTime("42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 7 7 20 0 9 0 1000")
	if err != nil || got != 2*time.Second {
		t.Errorf("cpuTime = %s, %v; want 2s", got, err)
	}
	if _, err := cpuTime("42 (x) S 1"); err == nil {
		t.Error("a short line gives no error")
	}
}

func TestChildrenAreCountedWithTheirParent(t *testing.T) {
	got, err := WithChildren("42 (a) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 30 70 20 0 9 0 1000")
	if err != nil || got != 3*time.Second {
		t.Errorf("WithChildren = %s, %v; want 3s", got, err)
	}
}

func TestBusyTimeLeavesOutWaiting(t *testing.T) {
	got, err := busyTime("cpu  100 10 200 9999 5000 30 60 7 0 0\ncpu0 1 1 1 1 1 1 1\n")
	if err != nil || got != 4*time.Second {
		t.Errorf("busyTime = %s, %v; want 4s", got, err)
	}
	if _, err := busyTime("intr 1 2 3"); err == nil {
		t.Error("a stat without processors gives no error")
	}
}

func TestRssAnon(t *testing.T) {
	got, err := rssAnon("Name:\tx\nVmRSS:\t  900 kB\nRssAnon:\t  512 kB\nRssFile:\t 388 kB\n")
	if err != nil || got != 512<<10 {
		t.Errorf("rssAnon = %d, %v; want %d", got, err, 512<<10)
	}
	if _, err := rssAnon("Name:\tx\n"); err == nil {
		t.Error("a status without RssAnon gives no error")
	}
}

func TestIdleMeasuresThisProcess(t *testing.T) {
	all, err := Idle(context.Background(), map[string]int{"self": os.Getpid()}, time.Millisecond)
	if err != nil || all["self"].Private == 0 {
		t.Errorf("usage = %+v, %v; want some private memory", all, err)
	}
}

func TestCgroupsAreFoundInBothSpellings(t *testing.T) {
	uid := []string{"0f-1a"}
	for _, line := range []string{"4:memory:/lotse/kubepods/pod0f-1a/x", "0::/kubepods.slice/kubepods-pod0f_1a.slice"} {
		if !namesAny(line, uid) {
			t.Errorf("%s is not found", line)
		}
	}
	if namesAny("0::/kubepods/pod77", uid) {
		t.Error("another Pod is found")
	}
}
