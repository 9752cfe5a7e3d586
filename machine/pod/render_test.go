package pod

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/size"
)

var update = flag.Bool("update", false, "write the golden files")

func TestRender(t *testing.T) {
	i := example("mc-cluster-abc-nodes")
	for name, o := range map[string]any{"pod.yaml": Pod(i, Isolation{}), "isolated-pod.yaml": Pod(i, Isolation{"lotse-machine", "lotse/machine.json"}), "disk.yaml": Disk(i)} {
		t.Run(name, func(t *testing.T) {
			got, err := yaml.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("changed; run with -update if it should have:\n%s", got)
			}
		})
	}
}

func TestStateOf(t *testing.T) {
	running := corev1.PodStatus{
		Phase: corev1.PodRunning, PodIP: "100.96.0.7",
		ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}},
	}
	crashed := running
	crashed.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
		Reason: "CrashLoopBackOff", Message: "back-off 10s",
	}}}}
	healthy := running
	healthy.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	tests := map[string]struct {
		pod  *corev1.Pod
		want provider.State
	}{
		"no Pod is an absent machine": {
			nil, provider.State{Phase: provider.Absent, Reason: "NoPod", Message: "the machine's Pod does not exist"},
		},
		"a Pod that no host has capacity for says so": {
			&corev1.Pod{Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{
				Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/1 nodes are available: 1 Insufficient memory.",
			}}}},
			provider.State{Phase: provider.Pending, Reason: "Unschedulable", Message: "0/1 nodes are available: 1 Insufficient memory."},
		},
		"a running container with an address is a running machine": {
			&corev1.Pod{Status: running}, provider.State{Phase: provider.Running, Address: "100.96.0.7"},
		},
		"a ready Pod is a healthy machine": {
			&corev1.Pod{Status: healthy}, provider.State{Phase: provider.Running, Healthy: true, Address: "100.96.0.7"},
		},
		"a container that crashes is not running": {
			&corev1.Pod{Status: crashed},
			provider.State{Phase: provider.Pending, Address: "100.96.0.7", Reason: "CrashLoopBackOff", Message: "back-off 10s"},
		},
		"an agent that ended is not running": {
			&corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{
				State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "OOMKilled"}},
			}}}},
			provider.State{Phase: provider.Pending, Reason: "OOMKilled", Message: "the machine's agent ended and is started again"},
		},
		"a Pod of which nothing is known yet is starting": {
			&corev1.Pod{}, provider.State{Phase: provider.Pending, Reason: "Starting", Message: "the machine's Pod is being started"},
		},
		"a Pod that no host has capacity for has a reason, also without the scheduler's": {
			&corev1.Pod{Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse}}}},
			provider.State{Phase: provider.Pending, Reason: provider.Unschedulable, Message: "no host has capacity for the machine"},
		},
		"a Pod that is not ready is a running machine that is not healthy": {
			&corev1.Pod{Status: corev1.PodStatus{
				Phase: corev1.PodRunning, PodIP: "100.96.0.7", ContainerStatuses: running.ContainerStatuses,
				Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}},
			}},
			provider.State{Phase: provider.Running, Address: "100.96.0.7"},
		},
		"an evicted Pod is a dead machine": {
			&corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted", Message: "The node was low on resource: memory."}},
			provider.State{Phase: provider.Dead, Reason: "Evicted", Message: "The node was low on resource: memory."},
		},
		"a Pod that is deleted is a stopping machine": {
			&corev1.Pod{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{}}, Status: running},
			provider.State{Phase: provider.Stopping, Reason: "PodTerminating", Message: "the machine's Pod is being deleted"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := stateOf(tt.pod); got != tt.want {
				t.Errorf("state is %+v, want %+v", got, tt.want)
			}
		})
	}
}

func example(namespace string) provider.Instance {
	s, _ := size.Of("Standard_DS2_v2")
	return provider.Instance{
		Ref: provider.Ref{Namespace: namespace, Name: "aks-nodepool1-00000001-vmss000000"},
		Labels: map[string]string{
			v1alpha1.LabelMachine: "x-0123456789", v1alpha1.LabelScaleSet: "aks-nodepool1-0123456789",
			v1alpha1.LabelCluster: "cluster-abc", v1alpha1.LabelSubscription: "11111111-2222-3333-4444-555555555555",
		},
		Image: "registry.lotse.internal/lotse/node:1.37.2-0123abcd", Size: s, DiskGB: 32, BootSecret: "aks-nodepool1-00000001-vmss000000",
	}
}
