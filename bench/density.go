package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/bench/density"
	"lotse.dev/bench/profile"
	"lotse.dev/management/host"
)

// reachable is how slow the slowest of a hundred requests to control planes may be before the machine counts as full.
const reachable = time.Second

// measureDensity adds control planes without nodes until one is refused, or some answer too slowly, or there are most of them.
//
// Azure's API knows no cluster without a pool, so their objects are copies of a cluster that was made through it.
func (l *lotse) measureDensity(ctx context.Context, c choice, most int, out io.Writer, p *progress) (err error) {
	config, err := c.management()
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return err
	}
	objects, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	if _, err := l.client.Put(ctx, l.client.GroupPath(group), map[string]any{"location": l.client.Credential.Location}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.remove()) }()
	p.report("creating the cluster that the others are copies of")
	if err := l.create(ctx, "density0"); err != nil {
		return err
	}
	var template v1alpha1.ManagedCluster
	namespace := v1alpha1.SubscriptionNamespace(l.client.Credential.SubscriptionID)
	id := v1alpha1.ManagedClusterID(l.client.Credential.SubscriptionID, group, "density0")
	if err := objects.Get(ctx, client.ObjectKey{Namespace: namespace, Name: v1alpha1.ObjectName(id)}, &template); err != nil {
		return err
	}
	before, err := density.Now(host.DefaultData)
	if err != nil {
		return err
	}
	d := &dense{lotse: l, objects: objects, template: template, progress: p, idle: c.idle}
	if err := d.fill(ctx, most); err != nil {
		return err
	}
	p.report("%d control planes are left alone for %s", len(d.clients), 2*c.idle)
	if err := pause(ctx, c.idle); err != nil {
		return err
	}
	idle, err := d.profile(ctx, c.idle)
	if err != nil {
		return err
	}
	after, err := density.Now(host.DefaultData)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d control planes without nodes: %s.\n\n%s\nLeft alone for %s:\n\n%s",
		len(d.clients), d.full, density.Markdown(before, after, len(d.clients)), c.idle, idle.Markdown())
	return nil
}

// profile says who works while nothing happens.
func (d *dense) profile(ctx context.Context, while time.Duration) (profile.Report, error) {
	before, err := profile.Now()
	if err != nil {
		return profile.Report{}, err
	}
	if err := pause(ctx, while); err != nil {
		return profile.Report{}, err
	}
	after, err := profile.Now()
	if err != nil {
		return profile.Report{}, err
	}
	places, err := d.places(ctx)
	return profile.Between(before, after, places), err
}

// dense is a machine that is filled with control planes.
type dense struct {
	*lotse
	objects  client.Client
	template v1alpha1.ManagedCluster
	progress *progress
	idle     time.Duration
	clients  []kubernetes.Interface
	full     string // why there are no more
}

func (d *dense) fill(ctx context.Context, most int) error {
	for i := 1; i <= most; i++ {
		name := fmt.Sprintf("density%d", i)
		refused, err := d.add(ctx, name)
		if err != nil || refused != "" {
			d.full = refused
			return err
		}
		kube, err := d.connect(ctx, name)
		if err != nil {
			return err
		}
		d.clients = append(d.clients, kube)
		slowest, err := d.p99(ctx)
		if err != nil {
			return err
		}
		d.progress.report("%d control planes; of a hundred requests to them the slowest took %d ms", i, slowest.Milliseconds())
		if slowest > reachable {
			d.full = fmt.Sprintf("with %d the slowest of a hundred requests took %s", i, short(slowest))
			return nil
		}
	}
	d.full = fmt.Sprintf("no more than %d were tried", most)
	return nil
}

// add a control plane and wait until it is there; or until it is refused, which is not an error.
func (d *dense) add(ctx context.Context, name string) (refused string, err error) {
	c := v1alpha1.ManagedCluster{Spec: *d.template.Spec.DeepCopy()}
	c.Namespace, c.Labels, c.Annotations = d.template.Namespace, d.template.Labels, d.template.Annotations
	c.Spec.Name, c.Spec.DNSPrefix, c.Spec.PoolProfiles = name, name, nil
	c.Spec.NodeResourceGroup = "MC_" + group + "_" + name
	c.Name, c.Finalizers = v1alpha1.ObjectName(c.ID()), d.template.Finalizers
	if err := d.objects.Create(ctx, &c); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		if err := d.objects.Get(ctx, client.ObjectKeyFromObject(&c), &c); err != nil {
			return "", err
		}
		switch state := v1alpha1.ProvisioningState(&c); state {
		case string(v1alpha1.Succeeded):
			return "", nil
		case string(v1alpha1.Failed):
			return fmt.Sprintf("%s was refused", name), nil
		}
		for _, h := range c.Status.Components {
			if h.Reason == "Unschedulable" {
				return fmt.Sprintf("for %s there was no capacity: %s", name, h.Message), nil
			}
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return "", fmt.Errorf("waiting for %s: %w", name, err)
		}
	}
}

// p99 of a hundred requests, spread over all control planes, one after the other.
func (d *dense) p99(ctx context.Context) (slowest time.Duration, err error) {
	for i := range 100 {
		began := time.Now()
		if _, err := d.clients[i%len(d.clients)].CoreV1().Namespaces().Get(ctx, "default", metav1.GetOptions{}); err != nil {
			return 0, err
		}
		slowest = max(slowest, time.Since(began))
	}
	return slowest, nil
}
