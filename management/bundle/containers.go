package bundle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// Read opens the log of a container through the management cluster's API.
type Read func(ctx context.Context, namespace, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error)

// ContainerLogs are those of Lotse and of the control planes, read through the API of a management cluster whose machines are not at hand.
// Other people's Pods on that cluster are none of ours. Files are called as the kubelet calls them.
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
		room := maxLogs
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
			if room -= len(content); room < 0 {
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

// logsOf the Pods that are ours: Lotse's first, because most is explained there.
func logsOf(pods []corev1.Pod) []containerLog {
	var all []containerLog
	for i := range pods {
		p := &pods[i]
		if !ours(p.Namespace) {
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

// ours tells the namespaces of Lotse and of control planes from those of customers' nodes and of other people.
func ours(namespace string) bool {
	return namespace == v1alpha1.SystemNamespace || strings.HasPrefix(namespace, "mc-") && !strings.HasSuffix(namespace, "-nodes")
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

// read the log's end. A Pod that went meanwhile, a container that has not started and an earlier run that is forgotten have none.
func (l containerLog) read(ctx context.Context, open Read) ([]byte, error) {
	lines := int64(maxLog / 100) // of a hundred bytes and more
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

// lastOf a stream, without keeping more than twice as much.
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
