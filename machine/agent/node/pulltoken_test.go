package node

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	testclock "k8s.io/utils/clock/testing"
)

func TestARenewedTokenIsGivenToContainerd(t *testing.T) {
	clock := testclock.NewFakeClock(time.Unix(1_000_000, 0))
	given, failures := make(chan string), 1
	p := pullToken{
		file: filepath.Join(t.TempDir(), "pull-token"), clock: clock, log: slog.New(slog.DiscardHandler),
		give: func(token string) error {
			if token == "second" && failures > 0 {
				failures--
				return errors.New("the disk is full")
			}
			given <- token
			return nil
		},
	}
	if token, err := p.read(); token != "" || err != nil {
		t.Fatalf("a machine without a token reads %q, %v", token, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { p.keep(ctx, ""); close(done) }()
	write := func(token string) {
		t.Helper()
		if err := os.WriteFile(p.file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(want string) {
		t.Helper()
		deadline := time.After(10 * time.Second)
		for {
			clock.Step(pullTokenPeriod)
			select {
			case got := <-given:
				if got != want {
					t.Fatalf("containerd is given %q, want %q", got, want)
				}
				return
			case <-deadline:
				t.Fatalf("%q is not given to containerd", want)
			case <-time.After(time.Millisecond):
			}
		}
	}
	write("first")
	expect("first")
	write("second") // is tried again
	expect("second")
	cancel()
	<-done
}
