package provision

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/store"
)

func podOf(component string, age time.Duration, containers ...corev1.ContainerStatus) corev1.Pod {
	p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Labels: map[string]string{v1alpha1.LabelComponent: component}, CreationTimestamp: metav1.Time{Time: began.Add(-age)},
	}}
	p.Status.ContainerStatuses = containers
	all := corev1.ConditionTrue
	for _, c := range containers {
		if !c.Ready {
			all = corev1.ConditionFalse
		}
	}
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: all}}
	return p
}

func TestHealth(t *testing.T) {
	waiting := func(reason, message string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	}
	unplaced := podOf("etcd", 0)
	unplaced.Status.Conditions = append(unplaced.Status.Conditions,
		corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "SchedulerError", Message: "no volume"})
	noCapacity := podOf("etcd", 0)
	noCapacity.Status.Conditions = append(noCapacity.Status.Conditions,
		corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/1 nodes are available"})
	answering := []corev1.Pod{podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd", Ready: true})}
	holding := func(used int64, full bool) *v1alpha1.StoreState {
		return &v1alpha1.StoreState{SizeBytes: 100 << 20, UsedBytes: used << 20, QuotaBytes: 100 << 20, Full: full}
	}
	gone := podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd", Ready: true})
	gone.DeletionTimestamp = &metav1.Time{Time: began}
	tests := map[string]struct {
		pods    []corev1.Pod
		store   *v1alpha1.StoreState
		healthy bool
		reason  string
		message string
	}{
		"without a Pod a component is not healthy":  {message: "no Pod yet"},
		"a Pod that is going away does not count":   {pods: []corev1.Pod{gone}, message: "no Pod yet"},
		"a Pod without a host says why":             {pods: []corev1.Pod{unplaced}, message: "no volume"},
		"a Pod without capacity is Unschedulable":   {pods: []corev1.Pod{noCapacity}, reason: "Unschedulable", message: "Unschedulable: 0/1 nodes are available"},
		"a ready container is healthy":              {pods: answering, healthy: true},
		"a container that cannot be pulled says so": {pods: []corev1.Pod{podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd", State: waiting("ErrImagePull", "not found")})}, message: "ErrImagePull: not found"},
		"a container that waits without a message gives its reason": {
			pods:    []corev1.Pod{podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd", State: waiting("ContainerCreating", "")})},
			message: "ContainerCreating",
		},
		"a container that ended gives its code and reason": {
			pods: []corev1.Pod{podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd", State: corev1.ContainerState{
				Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"},
			}})},
			message: "ended with code 137: OOMKilled",
		},
		"a container that started and is not ready does not answer": {
			pods:    []corev1.Pod{podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd", Started: ptr.To(true)})},
			message: "does not answer its readiness probe",
		},
		"a Pod that is not scheduled yet says so": {
			pods: []corev1.Pod{podOf("etcd", 0)}, message: "the Pod is being scheduled",
		},
		"a container that has just started is starting": {pods: []corev1.Pod{podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd"})}, message: "starting"},
		"during a rollout the Pod that is ready counts": {pods: []corev1.Pod{
			podOf("etcd", time.Hour, corev1.ContainerStatus{Name: "etcd", Ready: true}),
			podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd"}),
		}, healthy: true},
		"a store that is half full adds nothing":                       {pods: answering, store: holding(50, false), healthy: true},
		"a store that fills up is healthy, with a warning":             {pods: answering, store: holding(85, false), healthy: true, message: store.Message(*holding(85, false))},
		"a full store is not healthy, although it answers":             {pods: answering, store: holding(99, true), message: store.Message(*holding(99, true))},
		"a full store that does not even answer is not healthy either": {pods: []corev1.Pod{podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd"})}, store: holding(99, true), message: "starting"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := Health(nil, tt.pods, tt.store, *at(0))[0]
			if got.Name != v1alpha1.ComponentEtcd || got.Healthy != tt.healthy || got.Reason != tt.reason || got.Message != tt.message {
				t.Errorf("Health = %+v, want healthy %v, reason %q, message %q", got, tt.healthy, tt.reason, tt.message)
			}
		})
	}
}

func TestHealthKeepsSinceWhileNothingChanges(t *testing.T) {
	first := Health(nil, nil, nil, *at(0))
	second := Health(first, nil, nil, *at(time.Minute))
	third := Health(second, []corev1.Pod{podOf("etcd", 0, corev1.ContainerStatus{Name: "etcd", Ready: true})}, nil, *at(2 * time.Minute))
	if !second[0].Since.Equal(at(0)) || !third[0].Since.Equal(at(2*time.Minute)) {
		t.Errorf("since %s then %s, want the time of the last change", second[0].Since, third[0].Since)
	}
}

func TestBothContainersOfAnAPIServerPodAreComponents(t *testing.T) {
	pod := podOf("kube-apiserver", 0, corev1.ContainerStatus{Name: "kube-apiserver", Ready: true}, corev1.ContainerStatus{Name: "konnectivity-server", RestartCount: 3})
	got := Health(nil, []corev1.Pod{pod}, nil, *at(0))
	if !got[1].Healthy || got[2].Healthy || got[2].Restarts != 3 {
		t.Errorf("Health = %+v", got)
	}
}
