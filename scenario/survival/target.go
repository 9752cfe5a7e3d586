package survival

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"lotse.dev/machine/agent/status"
)

// Target of faults: processes that are killed or stopped.
type Target struct {
	Name string
	// Find its processes as they are now.
	Find func(context.Context) ([]Process, error)
	// Recovery is within which time everything is healthy again.
	Recovery Limit
	// Outage is how long the workload may be without an answer meanwhile.
	Outage time.Duration
}

// Limit of a recovery after a kill and after a hang.
type Limit struct{ Killed, Hung time.Duration }

// After is the limit that a signal sets.
func (l Limit) After(s syscall.Signal) time.Duration {
	if s == syscall.SIGKILL {
		return l.Killed
	}
	return l.Hung
}

// Inject a fault by a signal. It answers with the processes that were hit.
func (t Target) Inject(ctx context.Context, s syscall.Signal) ([]Process, error) {
	hit, err := t.Find(ctx)
	if err != nil {
		return nil, err
	}
	var failures []error
	for _, p := range hit {
		failures = append(failures, p.Signal(s))
	}
	return hit, errors.Join(failures...)
}

// Replaced reports whether other processes run in place of those that were hit, and why not. Pause processes only hold a Pod's namespaces,
// which they also do while they are stopped.
func (t Target) Replaced(ctx context.Context, hit []Process) (bool, string) {
	for _, p := range hit {
		if p.Name != "pause" && p.Alive() {
			return false, p.String() + " is still there"
		}
	}
	now, err := t.Find(ctx)
	if err != nil {
		return false, err.Error()
	}
	return len(now) > 0, fmt.Sprintf("%d other processes run", len(now))
}

// Container finds the processes of a container of the Pod with these labels.
func Container(kube kubernetes.Interface, namespace, labels, container string) func(context.Context) ([]Process, error) {
	return func(ctx context.Context) ([]Process, error) {
		pods, err := kube.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: labels})
		if err != nil {
			return nil, err
		}
		for _, pod := range pods.Items {
			if id := running(&pod, container); id != "" && pod.DeletionTimestamp == nil {
				return find(func(p Process) bool { return p.owned(id) }, "container "+container+" in "+namespace)
			}
		}
		return nil, fmt.Errorf("no container %s runs in a Pod %s in %s", container, labels, namespace)
	}
}

// Inside finds the processes of a program that runs in a machine, not in a container there.
func Inside(kube kubernetes.Interface, namespace, machine, program string) func(context.Context) ([]Process, error) {
	return func(ctx context.Context) ([]Process, error) {
		pod, err := kube.CoreV1().Pods(namespace).Get(ctx, machine, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		id := running(pod, "machine")
		return find(func(p Process) bool { return p.owned(id) && p.Name == program }, program+" in machine "+machine)
	}
}

// Whole finds all processes of a Pod, also of containers inside its own.
func Whole(kube kubernetes.Interface, namespace, name string) func(context.Context) ([]Process, error) {
	return func(ctx context.Context) ([]Process, error) {
		pod, err := kube.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		if len(pod.Status.ContainerStatuses) == 0 || running(pod, pod.Spec.Containers[0].Name) == "" {
			return nil, fmt.Errorf("pod %s does not run", name)
		}
		return find(func(p Process) bool { return p.within(string(pod.UID)) }, "Pod "+name)
	}
}

// OfHost finds a process that the host's agent supervises; the agent says which, and that it is healthy.
func OfHost(socket, name string) func(context.Context) ([]Process, error) {
	return func(ctx context.Context) ([]Process, error) {
		report, err := status.Ask(ctx, socket)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(report.Processes, func(p status.Process) bool { return p.Name == name && p.Healthy })
		if i < 0 {
			return nil, fmt.Errorf("the host's %s is not healthy", name)
		}
		return find(func(p Process) bool { return p.PID == report.Processes[i].PID }, "the host's "+name)
	}
}

// HostAgent finds the agent that supervises the host's processes: the one that is in no Pod.
func HostAgent(context.Context) ([]Process, error) {
	return find(func(p Process) bool { return p.Name == "lotse-node" && !strings.Contains(p.Groups, "kubepods") }, "the host's agent")
}

func find(is func(Process) bool, what string) ([]Process, error) {
	all, err := table()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(p Process) bool { return !is(p) })
	if len(all) == 0 {
		return nil, fmt.Errorf("no process of %s is found", what)
	}
	return all, nil
}

// running is the ID of a container that runs and is ready, else empty.
func running(pod *corev1.Pod, container string) string {
	for _, c := range pod.Status.ContainerStatuses {
		if c.Name == container && c.State.Running != nil && c.Ready {
			return c.ContainerID[strings.LastIndex(c.ContainerID, "/")+1:]
		}
	}
	return ""
}
