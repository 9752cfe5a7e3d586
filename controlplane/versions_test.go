package controlplane

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/images/manifest"
)

// TestEveryVersionAcceptsTheRenderedFlags runs each server of each version with the flags that it gets, and asks it for its version: a flag or a
// feature gate that it does not know is an error before that.
func TestEveryVersionAcceptsTheRenderedFlags(t *testing.T) {
	bin := os.Getenv("KUBEBUILDER_ASSETS")
	if bin == "" {
		bin = filepath.Join("..", "out", "bin")
	}
	for _, minor := range append([]string{""}, manifest.Further()...) {
		t.Run("version "+minor, func(t *testing.T) {
			dir := filepath.Join(bin, minor)
			if _, err := os.Stat(filepath.Join(dir, "kubernetes")); err != nil {
				t.Skipf("not built here, see make releases: %v", err)
			}
			seen := []string{}
			for _, c := range renderedContainers() {
				server, flags := serverOf(c)
				if server == "" {
					continue
				}
				seen = append(seen, server)
				out, err := exec.Command(filepath.Join(dir, server), append(flags, "--version")...).CombinedOutput()
				if err != nil || !strings.Contains(string(out), "Kubernetes v"+minor) {
					t.Errorf("%s: %v\n%s", server, err, out)
				}
			}
			if len(seen) != 3 {
				t.Errorf("only %v were run", seen)
			}
		})
	}
}

func renderedContainers() []corev1.Container {
	s := exampleSpec()
	s.OIDCIssuerURL = "https://lotse/oic/t/1/"
	return slices.Concat(APIServerDeployment(s).Spec.Template.Spec.Containers, ControllerManagerStatefulSet(s).Spec.Template.Spec.Containers)
}

// serverOf a container is the server of Kubernetes that it runs, with its flags; "" if it runs something else.
func serverOf(c corev1.Container) (server string, flags []string) {
	i := slices.IndexFunc(c.Command, func(arg string) bool {
		return slices.Contains([]string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"}, filepath.Base(arg)) && !strings.HasPrefix(arg, "-")
	})
	if i < 0 {
		return "", nil
	}
	return filepath.Base(c.Command[i]), c.Command[i+1:]
}
