package bundle

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

func pod(namespace, name string, containers ...corev1.ContainerStatus) client.Object {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(name + "-uid")},
		Status: corev1.PodStatus{ContainerStatuses: containers}}
}

func TestContainerLogsComeThroughTheAPI(t *testing.T) {
	waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{}}
	c := fake.NewClientBuilder().WithObjects(
		pod("mc-c1-abc", "etcd-0", corev1.ContainerStatus{Name: "etcd", RestartCount: 2}),
		pod("mc-c1-abc", "kube-apiserver-0", corev1.ContainerStatus{Name: "kube-apiserver"}, corev1.ContainerStatus{Name: "konnectivity-server", State: waiting}),
		pod("mc-c1-abc-nodes", "aks-1", corev1.ContainerStatus{Name: "machine"}),
		pod("lotse-system", "lotse-0", corev1.ContainerStatus{Name: "lotse"}),
		pod("lotse-system", "unreachable", corev1.ContainerStatus{Name: "write"}),
		pod("lotse-system", "went-meanwhile", corev1.ContainerStatus{Name: "write"}),
		pod("shop", "theirs", corev1.ContainerStatus{Name: "shop"}),
	).Build()
	read := func(_ context.Context, namespace, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
		switch {
		case o.Previous:
			return nil, apierrors.NewBadRequest("previous terminated container not found")
		case pod == "went-meanwhile":
			return nil, apierrors.NewNotFound(corev1.Resource("pods"), pod)
		case pod == "unreachable":
			return nil, errors.New("its node does not answer")
		case pod == "etcd-0":
			return io.NopCloser(strings.NewReader(strings.Repeat("x", 3*maxLog/2) + "the end")), nil
		}
		return io.NopCloser(strings.NewReader("log of " + namespace + "/" + pod + "/" + o.Container)), nil
	}
	var b bytes.Buffer
	entries, err := Write(t.Context(), &b, "d", time.Now(), []Part{ContainerLogs(func() (client.Client, Read, error) { return c, read, nil })})
	if err != nil {
		t.Fatal(err)
	}
	files := unpack(t, &b)
	const etcd = "d/logs/pods/mc-c1-abc_etcd-0_etcd-0-uid/etcd/2.log"
	want := []string{
		"d/logs/PROBLEM",
		"d/logs/pods/lotse-system_lotse-0_lotse-0-uid/lotse/0.log",
		etcd,
		"d/logs/pods/mc-c1-abc_kube-apiserver-0_kube-apiserver-0-uid/kube-apiserver/0.log",
	}
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if log := files[want[1]]; log != "log of lotse-system/lotse-0/lotse" {
		t.Errorf("Lotse's log is %q", log)
	}
	if log := files[etcd]; len(log) != maxLog || !strings.HasSuffix(log, "the end") {
		t.Errorf("of a long log there are %d bytes", len(log))
	}
	if problem := entries[0].Problem; problem == nil || !strings.Contains(problem.Error(), "its node does not answer") || strings.Contains(problem.Error(), "meanwhile") {
		t.Errorf("the problem is %v", problem)
	}
}

func TestLogsThatTakeTooLongAreReportedAsLeftOut(t *testing.T) {
	c := fake.NewClientBuilder().WithObjects(
		pod("lotse-system", "lotse-0", corev1.ContainerStatus{Name: "lotse"}),
		pod("mc-c1-abc", "etcd-0", corev1.ContainerStatus{Name: "etcd"}),
	).Build()
	ctx, cancel := context.WithCancel(t.Context())
	read := func(ctx context.Context, _, pod string, _ *corev1.PodLogOptions) (io.ReadCloser, error) {
		if pod == "etcd-0" {
			cancel()
		}
		return io.NopCloser(strings.NewReader("log")), ctx.Err()
	}
	got := 0
	err := ContainerLogs(func() (client.Client, Read, error) { return c, read, nil }).Collect(ctx, func(string, []byte) { got++ })
	if got != 1 || err == nil || !strings.Contains(err.Error(), "left out from pods/mc-c1-abc_etcd-0") {
		t.Errorf("%d files, and: %v", got, err)
	}
}
