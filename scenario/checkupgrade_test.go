package scenario

import (
	"errors"
	"net/http"
	"strings"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"lotse.dev/client"
)

// checkedAhead: the dry run of an upgrade of control plane and pools names a budget that allows nothing, the upgrade itself is refused for it, and an upgrade
// of the control plane alone is not; without the budget nothing is in the way. guest is a Pod that runs alone.
func (s *story) checkedAhead(guest, version string) {
	s.Helper()
	s.step("an upgrade that a budget would keep from ending is refused ahead, and a dry run says so")
	budgets, one := s.kube.PolicyV1().PodDisruptionBudgets(s.namespace), intstr.FromInt32(1)
	_, err := budgets.Create(s.ctx, &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "stays"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": guest}}},
	}, metav1.CreateOptions{})
	s.need(err)
	s.until("the budget to be counted", 30*time.Second, func() (bool, string) {
		b, err := budgets.Get(s.ctx, "stays", metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		return b.Status.ObservedGeneration == b.Generation && b.Status.CurrentHealthy == 1, b.Status.String()
	})
	named := "PDB " + s.namespace + "/stays has minAvailable == 1"
	if out, err := s.dryRun(version); err == nil || !strings.Contains(out, "Blocks: UnsatisfiablePDB: "+named) {
		s.fail("the dry run printed, with %v:\n%s", err, out)
	}
	if out, err := s.dryRun(version, "--control-plane-only"); err != nil || !strings.Contains(out, "Warns: UnsatisfiablePDB: "+named) {
		s.fail("the dry run of the control plane alone printed, with %v:\n%s", err, out)
	}
	refused := (*client.Error)(nil)
	_, err = lotse.client.Put(s.ctx, lotse.client.ClusterPath(s.group, s.cluster.name), map[string]any{
		"location": lotse.client.Credential.Location, "properties": map[string]any{
			"kubernetesVersion": version, "agentPoolProfiles": []any{map[string]any{"name": "sys", "orchestratorVersion": version}},
		},
	})
	if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || refused.Code != "ValidationError" || !strings.Contains(refused.Error(), named) {
		s.fail("the upgrade answered %v", err)
	}
	s.need(budgets.Delete(s.ctx, "stays", metav1.DeleteOptions{}))
	if out, err := s.dryRun(version); err != nil || strings.Contains(out, "UpgradeCheckIncomplete") || strings.Contains(out, "Blocks") {
		s.fail("the dry run without the budget printed, with %v:\n%s", err, out)
	}
}

// dryRun of an upgrade by the command line.
func (s *story) dryRun(version string, flags ...string) (string, error) {
	out, err := lotse.cli(s.ctx, append([]string{"cluster", "upgrade", "-g", s.group, "-n", s.cluster.name, "-k", version, "--dry-run"}, flags...)...)
	s.Log("\n" + out)
	return out, err
}
