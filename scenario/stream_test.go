package scenario

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
)

// exec runs a command in a Pod and answers with its output.
func (s *story) exec(pod string, command ...string) (string, error) {
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	return s.cluster.exec(ctx, s.namespace, pod, command...)
}

// exec runs a command in the main container of a Pod.
func (c *cluster) exec(ctx context.Context, namespace, pod string, command ...string) (string, error) {
	var out, problems bytes.Buffer
	err := c.stream(ctx, namespace, pod, remotecommand.StreamOptions{Stdout: &out, Stderr: &problems}, command...)
	if err != nil {
		return out.String(), fmt.Errorf("exec %s in %s: %w: %s", strings.Join(command, " "), pod, err, problems.String())
	}
	return out.String(), nil
}

// stream the output of a command in the main container of a Pod, until it ends or ctx does.
func (c *cluster) stream(ctx context.Context, namespace, pod string, to remotecommand.StreamOptions, command ...string) error {
	request := c.kube.CoreV1().RESTClient().Get().Namespace(namespace).Resource("pods").Name(pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Container: "main", Command: command, Stdout: true, Stderr: true}, scheme.ParameterCodec)
	executor, err := remotecommand.NewWebSocketExecutor(c.config, http.MethodGet, request.URL().String())
	if err != nil {
		return err
	}
	return executor.StreamWithContext(ctx, to)
}

// inside runs a command in a Pod until it succeeds and its output holds what is wanted.
func (s *story) inside(pod, want string, limit time.Duration, command ...string) {
	s.Helper()
	s.until(fmt.Sprintf("%q from %q in %s", want, strings.Join(command, " "), pod), limit, func() (bool, string) {
		out, err := s.exec(pod, command...)
		if err != nil {
			return false, err.Error()
		}
		return strings.Contains(out, want), out
	})
}

// logs of a Pod.
func (s *story) logs(pod string) (string, error) {
	content, err := s.kube.CoreV1().Pods(s.namespace).GetLogs(pod, &corev1.PodLogOptions{}).DoRaw(s.ctx)
	return string(content), err
}

// forwarded sends a request to a Pod's port through a port-forward and answers with the response.
func (s *story) forwarded(pod string, port int) (string, error) {
	target := s.kube.CoreV1().RESTClient().Post().Namespace(s.namespace).Resource("pods").Name(pod).SubResource("portforward").URL()
	dialer, err := portforward.NewSPDYOverWebsocketDialer(target, s.config)
	if err != nil {
		return "", err
	}
	stop, ready, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	forward, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", port)}, stop, ready, io.Discard, io.Discard)
	if err != nil {
		return "", err
	}
	go func() { ended <- forward.ForwardPorts() }()
	defer close(stop)
	select {
	case err := <-ended:
		return "", fmt.Errorf("port-forward ended: %w", err)
	case <-time.After(30 * time.Second):
		return "", fmt.Errorf("port-forward to %s was not ready after 30 s", pod)
	case <-ready:
	}
	ports, err := forward.GetPorts()
	if err != nil {
		return "", err
	}
	return get(s.ctx, fmt.Sprintf("http://127.0.0.1:%d/through-the-tunnel", ports[0].Local))
}

func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	asking := http.Client{Timeout: 20 * time.Second}
	response, err := asking.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return string(content), err
}
