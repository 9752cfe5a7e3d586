package isolation

import (
	"os/exec"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestATableThatAnotherProgramFlushesIsNoticed in a network namespace of its own.
func TestATableThatAnotherProgramFlushesIsNoticed(t *testing.T) {
	nft, err := exec.LookPath("nft")
	if err != nil {
		t.Skip(err)
	}
	runtime.LockOSThread() // the thread ends with the test: it is never unlocked
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Skipf("no network namespace: %v", err)
	}
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(nft, args...).CombinedOutput(); err != nil {
			t.Fatalf("nft %v: %v: %s", args, err, out)
		}
	}
	deleted, err := removals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run("add", "table", "inet", tableName)
	select {
	case <-deleted:
		t.Error("a table that is added counts as deleted")
	case <-time.After(200 * time.Millisecond):
	}
	run("flush", "ruleset")
	select {
	case <-deleted:
	case <-time.After(10 * time.Second):
		t.Error("the flushed table was not noticed")
	}
}
