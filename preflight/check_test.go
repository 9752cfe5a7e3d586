package preflight

import (
	"strings"
	"testing"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"lotse.dev/release"
	"lotse.dev/webhooks"
)

func version(t *testing.T, s string) release.Version {
	t.Helper()
	v, err := release.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// upgrade from 1.36 to 1.37 of the control plane and one pool, which nothing is in the way of.
func upgrade(t *testing.T, change func(*Facts)) Facts {
	f := Facts{
		From: version(t, "1.36.3"), To: version(t, "1.37.2"),
		Pools: []Pool{{Name: "sys", Runs: version(t, "1.36.3"), To: version(t, "1.37.2"), Drained: true}},
	}
	if change != nil {
		change(&f)
	}
	return f
}

// budget of one replica that may never go, unless it is changed.
func singleton(change func(*policyv1.PodDisruptionBudget)) policyv1.PodDisruptionBudget {
	b := policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart", Generation: 1},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: ptr.To(intstr.FromInt32(1))},
		Status:     policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 1, ExpectedPods: 1, CurrentHealthy: 1, DesiredHealthy: 1},
	}
	if change != nil {
		change(&b)
	}
	return b
}

func budgetsOf(b ...policyv1.PodDisruptionBudget) func(*Facts) {
	return func(f *Facts) { f.Cluster.Budgets.Items = b }
}

func apisOf(removed ...string) func(*Facts) {
	return func(f *Facts) {
		for _, r := range removed {
			f.Cluster.APIs.Items = append(f.Cluster.APIs.Items, API{
				Group: "example.k8s.io", Version: "v1beta1", Resource: "things", Removed: r, Since: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC),
			})
		}
	}
}

func webhook(silent bool) func(*Facts) {
	return func(f *Facts) {
		f.Cluster.Webhooks.Items = []Webhook{{webhooks.Obstacle{
			Webhook:  webhooks.Webhook{Kind: "ValidatingWebhookConfiguration", Configuration: "policies", Name: "check.example", Service: "policy/server"},
			Resource: "nodes", Rule: "* of *",
		}, silent}}
	}
}

func logRoles(names ...string) func(*Facts) {
	return func(f *Facts) {
		f.Cluster.Subjects = map[release.Subject]Answer[string]{release.NodeLogRoles: {Items: names}}
	}
}

func both(changes ...func(*Facts)) func(*Facts) {
	return func(f *Facts) {
		for _, change := range changes {
			change(f)
		}
	}
}

func alone(f *Facts) { f.Pools[0].Drained, f.Pools[0].To = false, f.Pools[0].Runs }

func forced(f *Facts) { f.Forced = true }

func patch(f *Facts) { f.To = release.Version{Major: 1, Minor: 36, Patch: 4} }

func silentCluster(f *Facts) {
	const why = "its API server does not answer"
	f.Cluster = Cluster{
		Budgets: Answer[policyv1.PodDisruptionBudget]{Unknown: why}, Crowded: Answer[Crowded]{Unknown: why}, APIs: Answer[API]{Unknown: why},
		Webhooks: Answer[Webhook]{Unknown: why}, Subjects: map[release.Subject]Answer[string]{release.NodeLogRoles: {Unknown: why}, release.DRADrivers: {Unknown: why}},
	}
}

func TestCheck(t *testing.T) {
	for sentence, c := range map[string]struct {
		change func(*Facts)
		// want are severity, code and object of each finding; says is in the message of the first.
		want []string
		says string
	}{
		"nothing is in the way": {nil, nil, ""},

		"a budget of one replica that must stay blocks a drain": {budgetsOf(singleton(nil)), []string{"Blocks UnsatisfiablePDB PDB shop/cart"}, "minAvailable == 1"},
		"a budget without unavailable Pods blocks": {budgetsOf(singleton(func(b *policyv1.PodDisruptionBudget) {
			b.Spec = policyv1.PodDisruptionBudgetSpec{MaxUnavailable: ptr.To(intstr.FromInt32(0))}
		})), []string{"Blocks UnsatisfiablePDB PDB shop/cart"}, "PDB shop/cart has maxUnavailable == 0"},
		"a budget that selects nothing blocks nothing": {budgetsOf(singleton(func(b *policyv1.PodDisruptionBudget) { b.Status.ExpectedPods = 0 })), nil, ""},
		"a budget that lets Pods go blocks nothing": {budgetsOf(singleton(func(b *policyv1.PodDisruptionBudget) {
			b.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 1, ExpectedPods: 3, CurrentHealthy: 3, DesiredHealthy: 2, DisruptionsAllowed: 1}
		})), nil, ""},
		"a budget whose Pods are not well now only warns": {budgetsOf(singleton(func(b *policyv1.PodDisruptionBudget) {
			b.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 1, ExpectedPods: 3, CurrentHealthy: 2, DesiredHealthy: 2}
		})), []string{"Warns UnsatisfiablePDB PDB shop/cart"}, "2 of its 3 Pods are healthy"},
		"broken Pods that may always go block nothing": {budgetsOf(singleton(func(b *policyv1.PodDisruptionBudget) {
			b.Spec.UnhealthyPodEvictionPolicy, b.Status.CurrentHealthy = ptr.To(policyv1.AlwaysAllow), 0
		})), nil, ""},
		"a budget that was just changed is not known": {budgetsOf(singleton(func(b *policyv1.PodDisruptionBudget) { b.Generation = 2 })),
			[]string{"Warns UpgradeCheckIncomplete PDB shop/cart"}, "has not counted its Pods yet"},
		"a budget only warns if no node is drained": {both(budgetsOf(singleton(nil)), alone), []string{"Warns UnsatisfiablePDB PDB shop/cart"}, ""},
		"a Pod of two budgets blocks": {func(f *Facts) {
			f.Cluster.Crowded.Items = []Crowded{{"shop", "cart-0", []string{"all", "cart"}}}
		}, []string{"Blocks UnsatisfiablePDB Pod shop/cart-0"}, "2 PodDisruptionBudgets (all, cart)"},

		"an API that the new version lacks blocks":       {apisOf("1.37"), []string{"Blocks UpgradeBlockedOnDeprecatedAPIUsage example.k8s.io/v1beta1 things"}, "since the API server started at 2026-11-27T09:00:00Z"},
		"an API that it should lack already blocks":      {apisOf("1.36"), []string{"Blocks UpgradeBlockedOnDeprecatedAPIUsage example.k8s.io/v1beta1 things"}, ""},
		"an API that goes with a later version does not": {apisOf("1.38"), nil, ""},
		"a patch removes no API":                         {both(apisOf("1.37", "1.36"), patch), nil, ""},

		"a webhook for nodes warns":              {webhook(false), []string{"Warns UpgradeBlockedByWebhook check.example of ValidatingWebhookConfiguration policies"}, "when its own Pods are drained"},
		"one that nothing answers for blocks":    {webhook(true), []string{"Blocks UpgradeBlockedByWebhook check.example of ValidatingWebhookConfiguration policies"}, "its Service policy/server has no ready Pod"},
		"surge nodes without capacity block":     {func(f *Facts) { f.Lacking = "1 of 1 Pods would be unschedulable" }, []string{"Blocks AllocationFailed surge nodes"}, "1 of 1 Pods would be unschedulable"},
		"nodes three minors behind may stay":     {func(f *Facts) { f.Pools[0].Runs = version(t, "1.34.1") }, nil, ""},
		"nodes that the new one cannot be block": {func(f *Facts) { f.Pools[0].Runs = version(t, "1.33.1") }, []string{"Blocks AgentPoolK8sVersionNotSupported sys"}, "Upgrade the pool first"},
		"a pool that would be too old next time is named": {func(f *Facts) {
			f.Pools[0] = Pool{Name: "old", Runs: version(t, "1.34.1"), To: version(t, "1.34.1")}
		}, []string{"Warns AgentPoolK8sVersionNotSupported old"}, "the upgrade to 1.38 is refused"},

		"a break that concerns the cluster is to be acknowledged": {logRoles("support"), []string{"Blocks VersionGateNotAcknowledged kubelet-configuration-in-logs"},
			"are support."},
		"one that is acknowledged is not named": {both(logRoles("support"), func(f *Facts) { f.Acknowledged = []string{"kubelet-configuration-in-logs"} }), nil, ""},
		"one that concerns nothing is not":      {logRoles(), nil, ""},
		"a patch passes no gate":                {both(logRoles("support"), patch), nil, ""},
		"of many objects some are named":        {logRoles("a", "b", "c", "d", "e", "f"), []string{"Blocks VersionGateNotAcknowledged kubelet-configuration-in-logs"}, "a, b, c, d, e, and more"},

		"what could not be looked at is said, and blocks where it could": {silentCluster, []string{
			"Blocks VersionGateNotAcknowledged kubelet-configuration-in-logs", "Blocks UpgradeCheckIncomplete requests of deprecated APIs",
			"Blocks UpgradeCheckIncomplete PodDisruptionBudgets", "Warns UpgradeCheckIncomplete admission webhooks",
		}, "not known: its API server does not answer"},
		"a silent cluster may get a patch of its control plane, and is told": {both(silentCluster, alone, patch), []string{
			"Warns UpgradeCheckIncomplete PodDisruptionBudgets", "Warns UpgradeCheckIncomplete admission webhooks",
		}, "were not checked: its API server does not answer"},

		"what blocks comes first": {both(webhook(false), apisOf("1.37")), []string{
			"Blocks UpgradeBlockedOnDeprecatedAPIUsage example.k8s.io/v1beta1 things", "Warns UpgradeBlockedByWebhook check.example of ValidatingWebhookConfiguration policies",
		}, ""},
		"what blocks can be overridden, and stays named": {both(apisOf("1.37"), budgetsOf(singleton(nil)), logRoles("support"), forced), []string{
			"Overridden VersionGateNotAcknowledged kubelet-configuration-in-logs", "Overridden UpgradeBlockedOnDeprecatedAPIUsage example.k8s.io/v1beta1 things",
			"Overridden UnsatisfiablePDB PDB shop/cart",
		}, ""},
		"skew cannot be": {both(forced, func(f *Facts) { f.Pools[0].Runs = version(t, "1.33.1") }), []string{"Blocks AgentPoolK8sVersionNotSupported sys"}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			all := Check(upgrade(t, c.change))
			var got []string
			blocked := false
			for _, f := range all {
				got = append(got, string(f.Severity)+" "+string(f.Code)+" "+f.Object)
				blocked = blocked || f.Severity == Blocks
				if !strings.HasSuffix(f.Message, ".") && !strings.Contains(f.Message, "https://") {
					t.Errorf("it is no sentence: %s", f.Message)
				}
			}
			if strings.Join(got, "; ") != strings.Join(c.want, "; ") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.says != "" && (len(all) == 0 || !strings.Contains(all[0].Message, c.says)) {
				t.Errorf("got %v, want one that says %q", all, c.says)
			}
			if Refuses(all) != blocked {
				t.Errorf("Refuses says %t", !blocked)
			}
		})
	}
}
