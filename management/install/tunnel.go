package install

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// throughAPI connects to the registry of a cluster whose Pod network is not reachable from here: through its API server, as kubectl port-forward
// does. The tunnel is opened at the first connection and ends with its context.
func throughAPI(config *rest.Config, cluster client.Client) dialer {
	var mu sync.Mutex
	local := ""
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if local != "" {
			if conn, err := (&net.Dialer{}).DialContext(ctx, network, local); err == nil {
				return conn, nil
			}
		}
		var err error
		if local, err = tunnel(context.WithoutCancel(ctx), config, cluster); err != nil {
			return nil, err
		}
		return (&net.Dialer{}).DialContext(ctx, network, local)
	}
}

// tunnel opens a local port that is forwarded to the registry's read-write port.
func tunnel(ctx context.Context, config *rest.Config, cluster client.Client) (string, error) {
	pod, err := registryPodName(ctx, cluster)
	if err != nil {
		return "", err
	}
	set, err := kubernetes.NewForConfig(config)
	if err != nil {
		return "", err
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return "", fmt.Errorf("tunnel to the registry: %w", err)
	}
	url := set.CoreV1().RESTClient().Post().Resource("pods").Namespace(systemNamespace).Name(pod).SubResource("portforward").URL()
	ready, failed := make(chan struct{}), make(chan error, 1)
	forward, err := portforward.New(spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, url),
		[]string{fmt.Sprintf("0:%d", registryWritePort)}, ctx.Done(), ready, nil, nil)
	if err != nil {
		return "", fmt.Errorf("tunnel to the registry: %w", err)
	}
	go func() { failed <- forward.ForwardPorts() }()
	select {
	case err := <-failed:
		return "", fmt.Errorf("tunnel to the registry: %w", err)
	case <-ready:
	}
	ports, err := forward.GetPorts()
	if err != nil {
		return "", fmt.Errorf("tunnel to the registry: %w", err)
	}
	return fmt.Sprintf("127.0.0.1:%d", ports[0].Local), nil
}

func registryPodName(ctx context.Context, cluster client.Client) (string, error) {
	var pods corev1.PodList
	if err := cluster.List(ctx, &pods, client.InNamespace(systemNamespace), client.MatchingLabels(app(registryName))); err != nil {
		return "", fmt.Errorf("registry: %w", err)
	}
	for _, p := range pods.Items {
		if p.Status.Phase == corev1.PodRunning && p.DeletionTimestamp == nil {
			return p.Name, nil
		}
	}
	return "", errors.New("the registry does not run; see its Pod in namespace " + systemNamespace)
}
