package scenario

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
	"lotse.dev/machine/agent/status"
)

// hostAgent is the socket of the agent of a Lotse that "lotse up" started.
const hostAgent = status.Socket

// check reports whether one thing is healthy, and what is wrong with it.
type check func(ctx context.Context, since time.Time) (bool, string)

// healthy reports whether all checks pass, and else what the first one that fails says. What was observed before since does not count.
func healthy(ctx context.Context, since time.Time, checks []check) (bool, string) {
	for _, c := range checks {
		brief, cancel := context.WithTimeout(ctx, answerWithin)
		ok, seen := c(brief, since)
		cancel()
		if !ok {
			return false, seen
		}
	}
	return true, "everything is healthy"
}

// checksOf a cluster: every part of it has to show that it works.
func (f *fixture) checksOf(s *subject) []check {
	all := []check{
		s.named("writes to its API", func(_ context.Context, since time.Time) (bool, string) { return s.record.Since(since) }),
		s.named("its Pods on the management cluster", f.podsReady(s)),
	}
	return append(append(append(all, s.controllers()...), s.scheduler()...), s.onNodes()...)
}

// controllers restore an object that a controller owns: the cluster's authority in a namespace.
func (s *subject) controllers() []check {
	return []check{s.named("its controllers", func(ctx context.Context, _ time.Time) (bool, string) {
		const authority = "kube-root-ca.crt"
		maps := s.kube.CoreV1().ConfigMaps(workload)
		if err := maps.Delete(ctx, authority, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return false, err.Error()
		}
		seen, ok := poll(ctx, answerWithin, func() (bool, string) {
			_, err := maps.Get(ctx, authority, metav1.GetOptions{})
			return err == nil, fmt.Sprint(err)
		})
		return ok, seen
	})}
}

// scheduler reports that a Pod which fits on no node is unschedulable.
func (s *subject) scheduler() []check {
	return []check{s.named("its scheduler", func(ctx context.Context, _ time.Time) (bool, string) {
		huge := template("huge", "none")
		huge.Name, huge.GenerateName = "", "huge-"
		huge.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1000")}
		pods := s.kube.CoreV1().Pods(workload)
		pod, err := pods.Create(ctx, &corev1.Pod{ObjectMeta: huge.ObjectMeta, Spec: huge.Spec}, metav1.CreateOptions{})
		if err != nil {
			return false, err.Error()
		}
		defer func() { _ = pods.Delete(context.WithoutCancel(ctx), pod.Name, metav1.DeleteOptions{}) }()
		seen, ok := poll(ctx, answerWithin, func() (bool, string) {
			now, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
			return err == nil && len(now.Status.Conditions) > 0, "it did not look at a new Pod"
		})
		return ok, seen
	})}
}

// onNodes are the checks that need nodes and the tunnel to them.
func (s *subject) onNodes() []check {
	return []check{
		s.named("its workload", func(context.Context, time.Time) (bool, string) {
			out := s.load.Outage(time.Now(), time.Now())
			return out < time.Second, "without an answer for " + out.String()
		}),
		s.named("its nodes", s.nodesReady),
		s.named("its tunnel and its nodes' containers", s.execs),
	}
}

// named adds the cluster and the part of it to what a check has seen.
func (s *subject) named(what string, c check) check {
	return func(ctx context.Context, since time.Time) (bool, string) {
		ok, seen := c(ctx, since)
		return ok, fmt.Sprintf("%s, %s: %s", s.name, what, seen)
	}
}

// everything there is to check.
func (f *fixture) everything() []check {
	all := f.checksOfService()
	for _, s := range f.subjects() {
		all = append(all, f.checksOf(s)...)
	}
	return all
}

// checksOfService are those of the management cluster and Lotse on it.
func (f *fixture) checksOfService() []check {
	return []check{
		func(ctx context.Context, _ time.Time) (bool, string) {
			report, err := status.Ask(ctx, hostAgent)
			return err == nil && report.Healthy, fmt.Sprintf("the host's agent says %+v, %v", report, err)
		},
		func(_ context.Context, since time.Time) (bool, string) {
			ok, seen := f.frontDoor.Since(since)
			return ok, "the front door: " + seen
		},
		f.leads,
		f.provisioned,
	}
}

// provisioned reports whether the front door shows both clusters as provisioned.
func (f *fixture) provisioned(ctx context.Context, _ time.Time) (bool, string) {
	for _, s := range f.subjects() {
		document, err := lotse.client.Get(ctx, lotse.client.ClusterPath(s.group, s.name))
		if err != nil {
			return false, err.Error()
		}
		view, err := client.View[client.Cluster](document)
		if err != nil || view.Properties.ProvisioningState != "Succeeded" {
			return false, fmt.Sprintf("%s is %s, %v", s.name, view.Properties.ProvisioningState, err)
		}
	}
	return true, "both clusters are Succeeded"
}

// podsReady looks at the control plane's Pods and at the machines.
func (f *fixture) podsReady(s *subject) check {
	return func(ctx context.Context, _ time.Time) (bool, string) {
		for namespace, want := range map[string]int{v1alpha1.ControlPlaneNamespace(s.object): controlPlanePods(), v1alpha1.NodesNamespace(s.object): s.nodes} {
			pods, err := f.management.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.LabelCluster})
			if err != nil {
				return false, err.Error()
			}
			var unready []string
			for _, p := range pods.Items {
				if !podReady(&p) {
					unready = append(unready, p.Name+": "+podState(&p))
				}
			}
			if len(unready) > 0 || len(pods.Items) != want {
				return false, fmt.Sprintf("%d of %d, not ready: %s", len(pods.Items), want, strings.Join(unready, "; "))
			}
		}
		return true, "ready"
	}
}

// controlPlanePods is of how many Pods a control plane consists.
func controlPlanePods() int {
	pods := map[string]bool{}
	for _, component := range v1alpha1.ComponentNames {
		pods[v1alpha1.PodComponent(component)] = true
	}
	return len(pods)
}

// leads reports whether Lotse's controllers have renewed their lease since then.
func (f *fixture) leads(ctx context.Context, since time.Time) (bool, string) {
	l, err := f.management.CoordinationV1().Leases(v1alpha1.SystemNamespace).Get(ctx, "lotse", metav1.GetOptions{})
	if err != nil {
		return false, err.Error()
	}
	return l.Spec.RenewTime != nil && l.Spec.RenewTime.After(since), "Lotse's controllers have not renewed their lease"
}

func (s *subject) nodesReady(ctx context.Context, _ time.Time) (bool, string) {
	all, err := s.kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, err.Error()
	}
	for _, n := range all.Items {
		if ready, why := readiness(n); !ready {
			return false, n.Name + ": " + why
		}
	}
	return len(all.Items) == s.nodes, fmt.Sprintf("%d nodes", len(all.Items))
}

// execs runs a command in the workload's Pod on every node: that needs the tunnel, the kubelet and its container runtime.
func (s *subject) execs(ctx context.Context, _ time.Time) (bool, string) {
	pods, err := s.workloadPods(ctx)
	if err != nil || len(pods) != s.nodes {
		return false, fmt.Sprintf("%d Pods of the workload are ready, %v", len(pods), err)
	}
	for _, p := range pods {
		if out, err := s.execIn(ctx, p, "/bin/busybox", "echo", "healthy"); err != nil || strings.TrimSpace(out) != "healthy" {
			return false, fmt.Sprintf("exec on %s: %q, %v", p.Spec.NodeName, out, err)
		}
	}
	return true, "execs work"
}

func (s *subject) execIn(ctx context.Context, p corev1.Pod, command ...string) (string, error) {
	return s.cluster.exec(ctx, p.Namespace, p.Name, command...)
}
