package bundle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// Read opens the log of a container through the management cluster's API.
type Read func(ctx context.Context, namespace, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error)

// ContainerLogs are those of Lotse and of the control planes, read through the API of a management cluster whose hosts are not accessible. Pods of
// other users of that cluster are left out. Files have the names that the kubelet gives them.
func ContainerLogs(connect func() (client.Client, Read, error)) Part {
	return Part{"logs", func(ctx context.Context, add Add) error {
		c, read, err := connect()
		if err != nil {
			return err
		}
		var pods corev1.PodList
		if err := c.List(ctx, &pods); err != nil {
			return fmt.Errorf("pods: %w", err)
		}
		left := maxLogs
		var failed []error
		for _, l := range logsOf(pods.Items) {
			content, err := l.read(ctx, read)
			switch {
			case ctx.Err() != nil:
				return errors.Join(append(failed, fmt.Errorf("logs are left out from %s on: %w", l.file(), ctx.Err()))...)
			case err != nil:
				failed = append(failed, fmt.Errorf("%s: %w", l.file(), err))
				continue
			}
			if len(content) == 0 {
				continue
			}
			if left -= len(content); left < 0 {
				return errors.Join(append(failed, fmt.Errorf("logs of more than %d MiB are left out, from %s on", maxLogs>>20, l.file()))...)
			}
			add(l.file(), content)
		}
		return errors.Join(failed...)
	}}
}

// containerLog is the log of one run of a container.
type containerLog struct {
	pod       *corev1.Pod
	container string
	run       int32
	previous  bool
}

// logsOf returns the logs of Lotse and of control planes, Lotse's first.
func logsOf(pods []corev1.Pod) []containerLog {
	var all []containerLog
	for i := range pods {
		p := &pods[i]
		if !isLotses(p.Namespace) {
			continue
		}
		for _, s := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
			if s.RestartCount > 0 {
				all = append(all, containerLog{p, s.Name, s.RestartCount - 1, true})
			}
			if s.State.Waiting == nil {
				all = append(all, containerLog{p, s.Name, s.RestartCount, false})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b containerLog) int { return cmp.Compare(a.rank(), b.rank()) })
	return all
}

// isLotses reports whether a namespace is Lotse's or a control plane's, and not of customers' nodes or of other users.
func isLotses(namespace string) bool {
	return namespace == v1alpha1.SystemNamespace || v1alpha1.IsControlPlaneNamespace(namespace)
}

func (l containerLog) rank() int {
	if l.pod.Namespace == v1alpha1.SystemNamespace {
		return 0
	}
	return 1
}

func (l containerLog) file() string {
	return path.Join("pods", l.pod.Namespace+"_"+l.pod.Name+"_"+string(l.pod.UID), l.container, fmt.Sprintf("%d.log", l.run))
}

// read returns the log's end: nothing for a deleted Pod, for a container that has not started and for an earlier run that the kubelet removed.
func (l containerLog) read(ctx context.Context, open Read) ([]byte, error) {
	lines := int64(maxLog / 100) // lines are a hundred bytes or longer
	stream, err := open(ctx, l.pod.Namespace, l.pod.Name, &corev1.PodLogOptions{
		Container: l.container, Previous: l.previous, Timestamps: true, TailLines: &lines,
	})
	if apierrors.IsNotFound(err) || apierrors.IsBadRequest(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	return lastOf(stream)
}

// lastOf returns the end of a stream. It keeps at most twice as much in memory.
func lastOf(stream io.Reader) ([]byte, error) {
	var last []byte
	for {
		more, err := io.ReadAll(io.LimitReader(stream, maxLog))
		last = append(last, more...)
		last = last[max(0, len(last)-maxLog):]
		if err != nil || len(more) == 0 {
			return last, err
		}
	}
}
