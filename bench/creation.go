package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/bench/firstpod"
	"lotse.dev/bench/profile"
)

// staticPodHash is where the kubelet writes the unique ID that the control groups of a static Pod are named by.
const staticPodHash = "kubernetes.io/config.hash"

// settle is how long the machine is left alone before a creation is profiled.
const settle = 15 * time.Second

// profileCreation says where the work of one creation goes, from the PUT until its first node is Ready.
func (l *lotse) profileCreation(ctx context.Context, out io.Writer, p *progress) (err error) {
	defer func() { err = errors.Join(err, l.remove()) }()
	if _, err := l.client.Put(ctx, l.client.GroupPath(group), map[string]any{"location": l.client.Credential.Location}); err != nil {
		return err
	}
	p.report("waiting %s for the machine to settle", settle)
	if err := pause(ctx, settle); err != nil {
		return err
	}
	p.report("creating a cluster")
	before, earlier, err := l.look(ctx)
	if err != nil {
		return err
	}
	started := time.Now()
	if err := l.create(ctx, "profiled"); err != nil {
		return err
	}
	kube, err := l.connect(ctx, "profiled")
	if err != nil {
		return err
	}
	if err := firstpod.Ready(ctx, kube); err != nil {
		return err
	}
	took := time.Since(started)
	after, later, err := l.look(ctx)
	if err != nil {
		return err
	}
	hosted, err := profile.RequestsOf(ctx, kube.Discovery().RESTClient())
	if err != nil {
		return err
	}
	places, err := l.places(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Create → Ready took %s.\n\n%s\nThe management API server answered %s.\n\nThe cluster's own: %s.\n", short(took),
		profile.Between(before, after, places).Markdown(), later.Since(earlier).Markdown(12), hosted.Markdown(12))
	return nil
}

func (l *lotse) look(ctx context.Context) (profile.Look, profile.Requests, error) {
	requests, err := profile.RequestsOf(ctx, l.management.Discovery().RESTClient())
	if err != nil {
		return profile.Look{}, nil, err
	}
	look, err := profile.Now()
	return look, requests, err
}

// places names control groups by the Pods of the management cluster.
func (l *lotse) places(ctx context.Context) (profile.Namer, error) {
	pods, err := l.management.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, p := range pods.Items {
		uid := string(p.UID)
		names[uid] = placeOf(p)
		if static := p.Annotations[staticPodHash]; static != "" {
			names[static] = names[uid]
		}
	}
	return func(cgroup string) string { return placeIn(cgroup, names) }, nil
}

func placeOf(p corev1.Pod) string {
	switch {
	case v1alpha1.IsControlPlaneNamespace(p.Namespace):
		return "control planes"
	case v1alpha1.IsNodesNamespace(p.Namespace):
		return "machines"
	default:
		return path.Join(p.Namespace, p.Name)
	}
}

// podIn finds the unique ID of each Pod around a process, the outermost first, in either cgroup driver's spelling.
var podIn = regexp.MustCompile(`pod([0-9a-f]{8}[-_][0-9a-f_-]{27}|[0-9a-f]{32})`)

func placeIn(cgroup string, names map[string]string) string {
	found := podIn.FindAllStringSubmatch(longest(cgroup), -1)
	if len(found) == 0 {
		return "the host"
	}
	name := names[strings.ReplaceAll(found[0][1], "_", "-")]
	switch {
	case name == "":
		return "a Pod that has gone"
	case len(found) > 1:
		return "Pods in " + name
	default:
		return name
	}
}

// longest line: a process may be at a hierarchy's root in one and deep in another.
func longest(cgroup string) (found string) {
	for line := range strings.Lines(cgroup) {
		if len(line) > len(found) {
			found = line
		}
	}
	return found
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
