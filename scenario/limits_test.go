package scenario

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLotsesAccountIsLimited: on the management cluster, Lotse's own service account cannot take what is not Lotse's.
func TestLotsesAccountIsLimited(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	kubeconfig := filepath.Join(filepath.Dir(lotse.credentials), "management.kubeconfig")
	for sentence, args := range map[string][]string{
		"a Pod in kube-system":            {"run", "planted", "-n", "kube-system", "--image", "planted"},
		"a Pod beside itself":             {"run", "planted", "-n", "lotse-system", "--image", "planted"},
		"a Secret in kube-system":         {"create", "secret", "generic", "planted", "-n", "kube-system"},
		"another key that signs log-ins":  {"create", "secret", "generic", "planted", "-n", "lotse-system"},
		"a namespace of any name":         {"create", "namespace", "planted"},
		"a namespace that looks like its": {"create", "namespace", "mc-planted"},
	} {
		t.Run(sentence, func(t *testing.T) {
			out, err := lotse.program(ctx, "kubectl", append([]string{
				"--kubeconfig", kubeconfig, "--as", "system:serviceaccount:lotse-system:lotse"}, append(args, "--dry-run=server")...)...)
			if output := fmt.Sprint(out, err); err == nil || !strings.Contains(output, "lotse-limits") {
				t.Errorf("got %s, want the policy's refusal", output)
			}
		})
	}
}
