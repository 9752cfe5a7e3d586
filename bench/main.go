// Command bench measures Lotse against unmodified Kubernetes of the same version started by hand, side by side in one run, and writes docs/benchmarks.md.
//
//	make bench                     # or: go run ./bench -rounds 3 -idle 60s
//
// It needs a Lotse that is up (make up), whose own processes run during both sides' rounds. Rounds alternate, so that what else happens on
// the machine meets both. It is a program and not a test: figures depend on the machine, and no figure fails anything.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"lotse.dev/bench/byhand"
	"lotse.dev/management/host"
)

// byHandHeading begins the part of the page that is kept as it is: how long the first build and the tests take.
const byHandHeading = "## Building and testing\n"

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
	log.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if len(os.Args) == 3 && os.Args[1] == byhand.Verb {
		return byhand.Inside(ctx, os.Args[2], os.Stdout)
	}
	var c choice
	flag.IntVar(&c.rounds, "rounds", 3, "rounds of each side")
	flag.DurationVar(&c.idle, "idle", time.Minute, "how long to leave a control plane alone before its use is measured, and again while it is")
	flag.StringVar(&c.artifacts, "artifacts", "out", "directory of programs and images")
	flag.StringVar(&c.credentials, "credentials", cmp.Or(os.Getenv("LOTSE_CREDENTIALS"), host.Data(host.DefaultData).AdministratorCredential()), "credential file")
	flag.StringVar(&c.page, "page", "docs/benchmarks.md", "page to write; - for none")
	flag.BoolVar(&c.warm, "warm", true, "also measure make up on what is already up")
	flag.BoolVar(&c.door, "door", true, "also measure the front door, and the management API server beside it")
	flag.BoolVar(&c.stories, "stories", true, "also run the stories that have figures: many clusters at once, recovery after each kind of kill")
	flag.StringVar(&c.figures, "figures", "", "file with the figures of stories that were run with LOTSE_FIGURES set to it; then they are not run again")
	flag.StringVar(&c.sides, "sides", "both", "both, hand or lotse; one side alone fills half a table")
	profiled := flag.Bool("profile", false, "measure nothing else, but say where the work of one creation goes")
	dense := flag.Int("density", 0, "measure nothing else, but how many control planes without nodes the machine carries: at most this number")
	atDoor := flag.Bool("frontdoor", false, "measure nothing else, but the front door, and the management API server beside it")
	flag.Parse()
	p := newProgress(os.Stderr)
	go p.repeat(ctx)
	switch {
	case *profiled:
		return alone(c, func(l *lotse) error { return l.profileCreation(ctx, os.Stdout, p) })
	case *atDoor:
		return frontDoorAlone(ctx, c, os.Stdout, p)
	case *dense > 0:
		return alone(c, func(l *lotse) error { return l.measureDensity(ctx, c, *dense, os.Stdout, p) })
	}
	return measure(ctx, c, p)
}

// alone measures one thing of Lotse, without doing the same by hand.
func alone(c choice, what func(*lotse) error) error {
	l, err := openLotse(c, "")
	if err != nil {
		return err
	}
	return what(l)
}

func measure(ctx context.Context, c choice, p *progress) (err error) {
	if c.artifacts, err = filepath.Abs(c.artifacts); err != nil {
		return err
	}
	archives, err := os.MkdirTemp("/var/tmp", "lotse-bench-archives-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(archives)
	p.report("compiling unmodified servers and writing archives of the images, for the rounds by hand")
	order, err := prepare(ctx, c, archives)
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
			p.report("round %d of %d, by hand: first Pod, then %s idle", i+1, c.rounds, 4*c.idle)
			if err := f.byHand(ctx, order, p); err != nil {
				return err
			}
		}
		if c.sides != "hand" {
			p.report("round %d of %d, with Lotse: first Pod, then %s idle", i+1, c.rounds, 4*c.idle)
			if err := f.withLotse(ctx, lotse, p); err != nil {
				return err
			}
		}
	}
	if c.warm {
		if f.warm, err = warmUps(ctx, c.rounds, p); err != nil {
			return err
		}
	}
	if c.door {
		if f.door, err = frontDoor(ctx, c, p); err != nil {
			return err
		}
	}
	if c.stories {
		if f.stories, err = stories(ctx, c.figures, p); err != nil {
			return err
		}
	}
	return publish(f, c.page, os.Stdout)
}

func (f *figures) byHand(ctx context.Context, o byhand.Order, p *progress) error {
	r, err := byhand.Round(ctx, o)
	if err != nil {
		return err
	}
	p.report("by hand: node Ready after %s, first Pod serves after %s", short(r.Ready), short(r.Serves))
	f.hand = append(f.hand, round{ready: r.Ready, serves: r.Serves, spent: r.Spent, used: r.Used, later: r.Later})
	return nil
}

func (f *figures) withLotse(ctx context.Context, l *lotse, p *progress) error {
	r, err := l.round(ctx, len(f.lotse))
	if err != nil {
		return err
	}
	p.report("Lotse: node Ready after %s, first Pod serves after %s", short(r.ready), short(r.serves))
	f.lotse = append(f.lotse, r)
	return nil
}

func publish(f figures, page string, out io.Writer) error {
	text := f.markdown()
	if _, err := io.WriteString(out, text); err != nil || page == "-" {
		return err
	}
	old, err := os.ReadFile(page)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(page, []byte(text+handWritten(string(old))), 0o644)
}

// handWritten is the part of the page that make bench does not measure.
func handWritten(page string) string {
	if i := strings.Index(page, "\n"+byHandHeading); i >= 0 {
		return page[i:]
	}
	return ""
}

func short(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
