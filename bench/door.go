package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"lotse.dev/bench/frontdoor"
	"lotse.dev/client"
)

// frontDoor measures how fast Lotse's API answers.
func frontDoor(ctx context.Context, c choice, p *progress) ([]frontdoor.Row, error) {
	credential, err := client.ReadCredential(c.credentials)
	if err != nil {
		return nil, err
	}
	management, err := c.management()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	return frontdoor.Measure(ctx, credential, management, p.report)
}

// frontDoorAlone prints how fast Lotse's API answers.
func frontDoorAlone(ctx context.Context, c choice, out io.Writer, p *progress) error {
	rows, err := frontDoor(ctx, c, p)
	if err != nil {
		return err
	}
	var page strings.Builder
	figures{door: rows}.doorTable(&page)
	_, err = fmt.Fprint(out, page.String())
	return err
}

// doorTable compares the front door with the API server behind it.
func (f figures) doorTable(b *strings.Builder) {
	if len(f.door) == 0 {
		return
	}
	fmt.Fprint(b, `
## The front door

A thousand resource groups, and the same objects at the management API server, which stores them. Four requests at a time over TLS; reads are of one
group each, or of a cluster with one pool, the list is of all groups, a change is of a group's tags (at the API server a merge patch, which needs no
reading first).

| | front door /s | p50 | p99 | API server /s | p50 | p99 | throughput, front door / API server |
|---|---|---|---|---|---|---|---|
`)
	for _, r := range f.door {
		fmt.Fprintf(b, "| %s | %.0f | %s | %s | %.0f | %s | %s | %.2f |\n", r.Name,
			r.Door.PerSecond(), ms(r.Door.P50), ms(r.Door.P99), r.Server.PerSecond(), ms(r.Server.P50), ms(r.Server.P99),
			r.Door.PerSecond()/r.Server.PerSecond())
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
