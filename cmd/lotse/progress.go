package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"lotse.dev/client"
)

// progress of an operation: on a terminal one line that is rewritten, elsewhere a line for each change.
type progress struct {
	out      io.Writer
	what     string
	started  time.Time
	terminal bool
	last     client.Progress
	shown    bool
}

func newProgress(out io.Writer, what string) *progress {
	file, ok := out.(*os.File)
	return &progress{out: out, what: what, started: time.Now(), terminal: ok && term.IsTerminal(int(file.Fd()))}
}

func (p *progress) show(now client.Progress) {
	if now == p.last && !p.terminal {
		return
	}
	p.last = now
	p.line(describe(now))
	p.shown = true
}

// end leaves a finished line behind.
func (p *progress) end(err error) {
	switch {
	case err != nil:
		p.line("not done")
	case p.last.Status != "Succeeded":
		p.line("done") // the answer to the write was final
	}
	if p.terminal && (p.shown || err != nil) {
		fmt.Fprintln(p.out)
	}
}

func (p *progress) line(text string) {
	elapsed := time.Since(p.started).Round(100 * time.Millisecond)
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%6s  %s: %s", elapsed, p.what, text)
		p.shown = true
		return
	}
	fmt.Fprintf(p.out, "%6s  %s: %s\n", elapsed, p.what, text)
}

func describe(p client.Progress) string {
	text := p.Status
	if p.Percent > 0 && p.Percent < 100 {
		text += fmt.Sprintf(" %.0f%%", p.Percent)
	}
	if p.Waiting != "" {
		text += ", waiting for " + p.Waiting
	}
	return text
}
