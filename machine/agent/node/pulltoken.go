package node

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"k8s.io/utils/clock"

	"lotse.dev/machine/agent/settings"
	"lotse.dev/machine/boot"
)

// pullTokenPeriod is how often the machine looks for a renewed token: the service renews it hours before the old one ends.
const pullTokenPeriod = 30 * time.Second

// pullToken is the machine's token for Lotse's registry, which the service renews in the machine's Secret.
type pullToken struct {
	file  string
	clock clock.WithTicker
	log   *slog.Logger
	// give it to containerd.
	give func(token string) error
}

// read the token; "" if the service gave none.
func (p pullToken) read() (string, error) {
	text, err := os.ReadFile(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// keep giving containerd the latest token, until ctx ends.
func (p pullToken) keep(ctx context.Context, given string) {
	tick := p.clock.NewTicker(pullTokenPeriod)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C():
		}
		latest, err := p.read()
		if err == nil && latest != given {
			err = p.give(latest)
		}
		if err != nil {
			p.log.Error("containerd keeps an old token for Lotse's registry", "error", err)
			continue
		}
		given = latest
	}
}

// giveContainerd a token.
func giveContainerd(r boot.Registry) func(token string) error {
	return func(token string) error {
		for _, f := range settings.Registry(r, token) {
			if err := f.Write(); err != nil {
				return err
			}
		}
		return nil
	}
}
