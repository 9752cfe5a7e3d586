// Package apitest starts a real API server for a test: etcd and kube-apiserver as built for Lotse's images, on free loopback ports, with Lotse's
// resources installed. A fake client would accept what a real API server refuses.
package apitest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"lotse.dev/api/crds"
	"lotse.dev/api/v1alpha1"
)

const assetsVariable = "KUBEBUILDER_ASSETS"

// startTimeout is long enough for a busy machine.
const startTimeout = 2 * time.Minute

// Start runs an API server until the test ends and returns an administrator's configuration for it. Without the programs the test fails,
// because a skipped test looks like a passed one.
func Start(t *testing.T) *rest.Config {
	t.Helper()
	directory := assets()
	if err := complete(directory); err != nil {
		t.Fatal(err)
	}
	t.Setenv(assetsVariable, directory)
	definitions, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	environment := &envtest.Environment{CRDs: definitions, ControlPlaneStartTimeout: startTimeout}
	// The same range as on the management cluster of "lotse up": networks that overlap with it are refused.
	// Endpoints of the API server are Lotse's in a hosted cluster, and no test here reaches it by its Service.
	environment.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", v1alpha1.ManagementServiceCIDR).
		Set("endpoint-reconciler-type", "none")
	config, err := environment.Start()
	t.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			t.Errorf("stopping the test API server: %v", err)
		}
	})
	if err != nil {
		t.Fatalf("starting the test API server from %s: %v", directory, err)
	}
	config.QPS, config.Burst = 500, 500
	return config
}

// assets returns the directory of the programs: that of the environment variable, or the repository's out/bin.
func assets() string {
	if directory := os.Getenv(assetsVariable); directory != "" {
		return directory
	}
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(filepath.Dir(file)), "out", "bin")
}

func complete(directory string) error {
	for _, program := range []string{"etcd", "kube-apiserver"} {
		if _, err := os.Stat(filepath.Join(directory, program)); err != nil {
			return fmt.Errorf("no %s in %s: run make images, or set %s: %w", program, directory, assetsVariable, err)
		}
	}
	return nil
}

func definitions() ([]*apiextensionsv1.CustomResourceDefinition, error) {
	entries, err := crds.Files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("listing the resource definitions: %w", err)
	}
	var all []*apiextensionsv1.CustomResourceDefinition
	for _, e := range entries {
		content, err := crds.Files.ReadFile(e.Name())
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", e.Name(), err)
		}
		definition := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(content, definition); err != nil {
			return nil, fmt.Errorf("parsing %s (run go generate ./api/...): %w", e.Name(), err)
		}
		all = append(all, definition)
	}
	return all, nil
}
