package frontdoor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	kube "sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
)

// groups there are while it is measured, and how their names begin.
const (
	groups      = 1000
	groupPrefix = "bench-door-"
)

// How many requests of each kind are sent. Bounded, so that the measurement ends by itself.
const (
	gets  = 2000
	lists = 40
	puts  = 1000
)

// Row compares one kind of request.
type Row struct {
	Name         string
	Door, Server Load
}

// Measure makes a thousand resource groups through the front door, reads, lists and changes them there and at the management API server,
// and deletes them. It reports each step.
func Measure(ctx context.Context, credential client.Credential, management *rest.Config, report func(text string, values ...any)) (rows []Row, err error) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	config := rest.CopyConfig(management)
	config.QPS = -1
	k, err := kube.New(config, kube.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	operator, err := client.New(credential)
	if err != nil {
		return nil, err
	}
	if err := cleanUp(ctx, operator, k); err != nil {
		return nil, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
		defer cancel()
		err = errors.Join(err, cleanUp(ctx, operator, k))
	}()
	callers, err := makeCallers(ctx, operator)
	if err != nil {
		return nil, err
	}
	d := newDoor(callers)
	s, err := newServer(config, credential.SubscriptionID)
	if err != nil {
		return nil, err
	}
	report("front door: making %d groups", groups)
	if _, err := run(ctx, groups, d.put("new")); err != nil {
		return nil, fmt.Errorf("making %d groups: %w", groups, err)
	}
	report("front door: making a cluster")
	if err := d.makeCluster(ctx); err != nil {
		return nil, fmt.Errorf("making a cluster: %w", err)
	}
	return compare(ctx, d, s, report)
}

// compare sends each kind of request to the one and then to the other, after a few that are not counted.
func compare(ctx context.Context, d door, s *server, report func(text string, values ...any)) ([]Row, error) {
	var rows []Row
	for _, kind := range []struct {
		name         string
		n            int
		door, server func(context.Context, int) error
	}{
		{"GET of a group", gets, d.get, s.get},
		{"GET of a cluster", gets, d.getCluster, s.getCluster},
		{fmt.Sprintf("LIST of %d", groups), lists, d.list, s.list},
		{"PUT", puts, d.put("changed"), s.patch},
	} {
		row := Row{Name: kind.name}
		report("front door and API server: %d times %s each", kind.n, kind.name)
		for _, side := range []struct {
			send func(context.Context, int) error
			load *Load
		}{{kind.door, &row.Door}, {kind.server, &row.Server}} {
			if _, err := run(ctx, max(workers, kind.n/20), side.send); err != nil {
				return nil, fmt.Errorf("%s: %w", kind.name, err)
			}
			var err error
			if *side.load, err = run(ctx, kind.n, side.send); err != nil {
				return nil, fmt.Errorf("%s: %w", kind.name, err)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func groupName(i int) string { return fmt.Sprintf("%s%04d", groupPrefix, i%groups) }
