// Package clients uses a new cluster as its first users do. What they ask makes an API server load things that it keeps.
package clients

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s.io/client-go/kubernetes"
)

const manifest = `apiVersion: v1
kind: ConfigMap
metadata: {name: used, namespace: default}
data: {by: bench}
`

// protobufDocument is how Helm and older kubectl ask for /openapi/v2.
const protobufDocument = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"

// Use applies a manifest, explains a kind and fetches the OpenAPI document, by the kubectl beside the measured programs.
func Use(ctx context.Context, kubectl, kubeconfig string, kube kubernetes.Interface) error {
	home, err := os.MkdirTemp("", "lotse-bench-kubectl-*") // what kubectl caches would spare the server the second round
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	for _, args := range [][]string{{"apply", "-f", "-"}, {"explain", "pod.spec"}} {
		command := exec.CommandContext(ctx, kubectl, append([]string{"--kubeconfig", kubeconfig, "--cache-dir", filepath.Join(home, "cache")}, args...)...)
		command.Stdin = strings.NewReader(manifest)
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	document, err := kube.Discovery().RESTClient().Get().AbsPath("/openapi/v2").SetHeader("Accept", protobufDocument).DoRaw(ctx)
	if err == nil && len(document) == 0 {
		err = fmt.Errorf("the OpenAPI document is empty")
	}
	return err
}
