// Command bench measures Lotse against the same binaries started by hand, side by side in one run, and writes docs/benchmarks.md.
//
//	make bench                     # or: go run ./bench -rounds 3 -idle 60s
//
// It needs a Lotse that is up (make up), whose own processes run during both sides' rounds. Rounds alternate, so that what else happens on
// the machine meets both. It is a program and not a test: figures depend on the machine, and no figure fails anything.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"lotse.dev/bench/byhand"
)

// choice is what the flags say.
type choice struct {
	rounds                       int
	idle                         time.Duration
	artifacts, credentials, page string
	warm, door, stories          bool
	figures, sides               string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) == 3 && os.Args[1] == byhand.Verb {
		return byhand.Inside(ctx, os.Args[2], os.Stdout)
	}
	var c choice
	flag.IntVar(&c.rounds, "rounds", 3, "rounds of each side")
	flag.DurationVar(&c.idle, "idle", time.Minute, "how long to leave a control plane alone before its use is measured, and again while it is")
	flag.StringVar(&c.artifacts, "artifacts", "out", "directory of programs and images")
	flag.StringVar(&c.credentials, "credentials", cmp.Or(os.Getenv("LOTSE_CREDENTIALS"), "/var/lib/lotse/credentials/admin.json"), "credential file")
	flag.StringVar(&c.page, "page", "docs/benchmarks.md", "page to write; - for none")
	flag.BoolVar(&c.warm, "warm", true, "also measure make up on what is already up")
	flag.BoolVar(&c.door, "door", true, "also measure the front door, and the management API server beside it")
	flag.BoolVar(&c.stories, "stories", true, "also run the stories that have figures: ten clusters at once, recovery after each kind of kill")
	flag.StringVar(&c.figures, "figures", "", "file with the figures of stories that were run with LOTSE_FIGURES set to it; then they are not run again")
	flag.StringVar(&c.sides, "sides", "both", "both, hand or lotse; one side alone fills half a table")
	flag.Parse()
	return measure(ctx, c)
}

func measure(ctx context.Context, c choice) (err error) {
	if c.artifacts, err = filepath.Abs(c.artifacts); err != nil {
		return err
	}
	archives, err := os.MkdirTemp("/var/tmp", "lotse-bench-archives-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(archives)
	order, err := prepare(c, archives)
	if err != nil {
		return err
	}
	f := figures{machine: describeMachine(), date: time.Now(), idle: c.idle}
	var lotse *lotse
	if c.sides != "hand" {
		if lotse, err = openLotse(c, order.Web); err != nil {
			return err
		}
	}
	for i := range c.rounds {
		if c.sides != "lotse" {
			if err := f.byHand(ctx, order); err != nil {
				return err
			}
		}
		if c.sides != "hand" {
			if err := f.withLotse(ctx, lotse); err != nil {
				return err
			}
		}
		say("%d of %d rounds done", i+1, c.rounds)
	}
	if c.warm {
		if f.warm, err = warmUps(ctx, c.rounds); err != nil {
			return err
		}
	}
	if c.door {
		if f.door, err = frontDoor(ctx, c); err != nil {
			return err
		}
	}
	if c.stories {
		if f.stories, err = stories(ctx, c.figures); err != nil {
			return err
		}
	}
	return publish(f, c.page, os.Stdout)
}

func (f *figures) byHand(ctx context.Context, o byhand.Order) error {
	r, err := byhand.Round(ctx, o)
	if err != nil {
		return err
	}
	say("by hand: node Ready after %s, first Pod serves after %s", short(r.Able), short(r.Serves))
	f.hand = append(f.hand, round{able: r.Able, serves: r.Serves, used: r.Used})
	return nil
}

func (f *figures) withLotse(ctx context.Context, l *lotse) error {
	r, err := l.round(ctx, len(f.lotse))
	if err != nil {
		return err
	}
	say("Lotse: node Ready after %s, first Pod serves after %s", short(r.able), short(r.serves))
	f.lotse = append(f.lotse, r)
	return nil
}

func publish(f figures, page string, out io.Writer) error {
	text := f.markdown()
	if _, err := io.WriteString(out, text); err != nil || page == "-" {
		return err
	}
	return os.WriteFile(page, []byte(text), 0o644)
}

func say(text string, values ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(text, values...))
}

func short(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
