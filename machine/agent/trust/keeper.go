package trust

import (
	"context"
	"log/slog"
	"time"

	"k8s.io/utils/clock"

	"lotse.dev/machine/boot"
)

// period of looking at the machine's Secret.
const period = time.Second

// Units that use the kubelet's certificate, and the kubelet itself.
const kubelet = "kubelet"

var dependents = []string{"kube-proxy", "flannel"}

// Machine is what the keeper works on.
type Machine interface {
	// Given and Used are Facts' of the same name.
	Given() (string, error)
	Used() string
	// Use lets components that start work with other authorities.
	Use(authorities string) error
	// Certificate of the kubelet: whether there is one, and whether the first of the used authorities signed it.
	Certificate() (exists, current bool)
	// Renew lets the kubelet ask for new certificates when it starts; Renewed removes what is left of the old one.
	Renew() error
	Renewed() error
	Restart(units ...string)
	// Report the hash of the authorities on the node.
	Report(ctx context.Context, hash string) error
}

// Keeper keeps a machine on its cluster's authorities.
type Keeper struct {
	Machine Machine
	Clock   clock.WithTicker
	Log     *slog.Logger

	restarting bool
	renewed    time.Time
	reported   string
	// settled: there is nothing to do until other authorities than these are given.
	settled bool
	given   string
}

// Keep until ctx ends.
func (k *Keeper) Keep(ctx context.Context) {
	tick := k.Clock.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C():
		}
		if step, err := k.step(ctx); err != nil && step != Report { // a report fails until the node exists
			k.Log.Error("the cluster's authorities", "step", string(step), "error", err)
		}
	}
}

// step takes one step.
func (k *Keeper) step(ctx context.Context) (Step, error) {
	given, err := k.Machine.Given()
	if err != nil {
		return Nothing, err
	}
	if k.settled && given == k.given {
		return Nothing, nil
	}
	k.settled, k.given = false, given
	f := Facts{Given: given, Used: k.Machine.Used(), Restarting: k.restarting, Renewed: k.renewed}
	f.Exists, f.Current = k.Machine.Certificate()
	f.Reported = k.reported == boot.TrustHash(f.Used)
	step := Decide(f, k.Clock.Now())
	k.settled = step == Nothing && f.Current
	return step, k.take(ctx, step, f)
}

func (k *Keeper) take(ctx context.Context, s Step, f Facts) error {
	switch s {
	case Use:
		return k.use(f)
	case Renew:
		k.renewed = k.Clock.Now()
		return k.renew()
	case Restart:
		k.Machine.Restart(dependents...)
		k.restarting = false
		return k.Machine.Renewed()
	case Report:
		hash := boot.TrustHash(f.Used)
		err := k.Machine.Report(ctx, hash)
		if err == nil {
			k.reported = hash
		}
		return err
	}
	return nil
}

// use other authorities. If they ask for another certificate, the kubelet is started once for both.
func (k *Keeper) use(f Facts) error {
	if err := k.Machine.Use(f.Given); err != nil {
		return err
	}
	k.restarting = true
	if exists, current := k.Machine.Certificate(); exists && !current {
		k.renewed = k.Clock.Now()
		return k.renew()
	}
	k.Machine.Restart(kubelet)
	return nil
}

func (k *Keeper) renew() error {
	k.restarting = true
	if err := k.Machine.Renew(); err != nil {
		return err
	}
	k.Machine.Restart(kubelet)
	return nil
}
