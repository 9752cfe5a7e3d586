package arm_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/preflight"
	hostedpreflight "lotse.dev/preflight/hosted"
)

// asked reads the test's API server as the hosted one, and adds what that cannot be made to say.
type asked struct {
	reader     *hostedpreflight.Reader
	deprecated atomic.Pointer[preflight.API]
}

func newAsked(c client.Client, config *rest.Config) *asked {
	return &asked{reader: &hostedpreflight.Reader{
		Hosted: itself{c}, Config: func(context.Context, *v1alpha1.ManagedCluster) (*rest.Config, error) { return config, nil },
	}}
}

func (a *asked) Read(ctx context.Context, c *v1alpha1.ManagedCluster) preflight.Cluster {
	answers := a.reader.Read(ctx, c)
	if api := a.deprecated.Load(); api != nil {
		answers.APIs.Items = append(answers.APIs.Items, *api)
	}
	return answers
}

// upgradeWorld has one cluster of 1.36.3 with a pool.
type upgradeWorld struct {
	poolsWorld
	t *testing.T
}

// checkedUpgrades: an upgrade that would get stuck or break something is refused before it begins, with the names of what is in its way; a dry run tells the
// same; what the customer says about it is recorded.
func checkedUpgrades(t *testing.T, w *world) {
	p := upgradeWorld{w.poolsOf(t, "checked", systemPool("sys")), t}
	p.dryRunIsStrict()
	if free := p.dryRun(`"kubernetesVersion":"1.37"`); free.at("allowed") != true || free.at("findings.0") != nil || free.at("kubernetesVersion") != "1.37.2" {
		t.Errorf("nothing is in the way of an upgrade: %s", free.body)
	}
	p.budgets()
	p.apis()
	p.gates()
	p.override()
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

func (p upgradeWorld) dryRun(properties string) answer {
	p.t.Helper()
	return p.want(p.t, p.do(p.token, "POST", p.cluster+"/checkUpgrade"+v, "{"+properties+"}"), 200, "")
}

// upgrade of the control plane and the pool.
func (p upgradeWorld) upgrade(version, more string) answer {
	return p.do(p.token, "PUT", p.cluster+v, fmt.Sprintf(`{"properties":{"kubernetesVersion":%q,"agentPoolProfiles":[{"name":"sys","orchestratorVersion":%q}]%s}}`, version, version, more))
}

func (p upgradeWorld) refused(a answer, subcode, message string) {
	p.t.Helper()
	says(p.t, p.want(p.t, a, 400, "ValidationError"), message)
	if a.at("error.subcode") != subcode || a.at("error.target") != "properties.kubernetesVersion" {
		p.t.Errorf("got %s", a.body)
	}
	if shown := p.do(p.token, "GET", p.cluster+v, ""); shown.at("properties.kubernetesVersion") == "1.37.2" || shown.at("properties.provisioningState") != "Succeeded" {
		p.t.Errorf("a refused upgrade has changed something: %s", shown.body)
	}
}

func (p upgradeWorld) dryRunIsStrict() {
	post := func(token, path, body string) answer { return p.do(token, "POST", path+"/checkUpgrade"+v, body) }
	says(p.t, p.want(p.t, post(p.token, p.cluster, `{}`), 400, "InvalidParameter"), "kubernetesVersion")
	says(p.t, p.want(p.t, post(p.token, p.cluster, `{"kubernetesVersion":"1.37","force":true}`), 400, "InvalidParameter"), "force")
	says(p.t, p.want(p.t, post(p.token, p.cluster, `{"kubernetesVersion":"1.35.1"}`), 400, "K8sVersionNotSupported"), "1.37.2")
	p.want(p.t, post(p.token, rg+clustersOf+"none", `{"kubernetesVersion":"1.37"}`), 404, "ResourceNotFound")
	p.want(p.t, post(p.world.token(reader), p.cluster, `{"kubernetesVersion":"1.37"}`), 403, "AuthorizationFailed")
}

// impossibleBudget never lets its one Pod go, as the cluster's controller has counted it.
func (w *world) impossibleBudget(t *testing.T) (remove func()) {
	t.Helper()
	b := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "stays"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MaxUnavailable: ptr.To(intstr.FromInt32(0)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "x"}}},
	}
	w.create(b)
	b.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: b.Generation, ExpectedPods: 1, CurrentHealthy: 1, DesiredHealthy: 1}
	must(t, w.client.Status().Update(t.Context(), b))
	return func() { must(t, w.client.Delete(t.Context(), b)) }
}

func (p upgradeWorld) budgets() {
	remove := p.impossibleBudget(p.t)
	defer remove()
	blocked := p.dryRun(`"kubernetesVersion":"1.37"`)
	if blocked.at("allowed") != false || blocked.at("findings.0.code") != "UnsatisfiablePDB" || blocked.at("findings.0.object") != "PDB default/stays" ||
		blocked.at("findings.0.severity") != "Blocks" {
		p.t.Errorf("got %s", blocked.body)
	}
	if alone := p.dryRun(`"kubernetesVersion":"1.37","controlPlaneOnly":true`); alone.at("allowed") != true || alone.at("findings.0.severity") != "Warns" {
		p.t.Errorf("a control plane drains no node: %s", alone.body)
	}
	p.refused(p.upgrade("1.37", ""), "UnsatisfiablePDB", "PDB default/stays has maxUnavailable == 0")
}

func (p upgradeWorld) apis() {
	api := &preflight.API{Group: "example.k8s.io", Version: "v1beta1", Resource: "things", Removed: "1.37"}
	p.preflight.deprecated.Store(api)
	defer p.preflight.deprecated.Store(nil)
	p.refused(p.upgrade("1.37", ""), "UpgradeBlockedOnDeprecatedAPIUsage", "example.k8s.io/v1beta1 things")
}

// gates are asked for by name, and who has acknowledged them is shown.
func (p upgradeWorld) gates() {
	const gate = "kubelet-configuration-in-logs"
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: "support-logs"}, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"nodes/log"}, Verbs: []string{"get"}}},
	}
	p.create(role)
	defer func() { must(p.t, p.client.Delete(p.t.Context(), role)) }()
	p.refused(p.upgrade("1.37.0", ""), "VersionGateNotAcknowledged", "support-logs")
	unknown := p.want(p.t, p.upgrade("1.37.0", `,"lotseProfile":{"acknowledgedVersionGates":["everything"]}`), 400, "InvalidParameter")
	says(p.t, unknown, gate)
	if dry := p.dryRun(`"kubernetesVersion":"1.37","acknowledgedVersionGates":["` + gate + `"]`); dry.at("allowed") != true {
		p.t.Errorf("got %s", dry.body)
	}
	p.refused(p.upgrade("1.37.0", ""), "VersionGateNotAcknowledged", gate) // a dry run records nothing
	p.succeed(p.t, p.token, p.want(p.t, p.upgrade("1.37.0", `,"lotseProfile":{"acknowledgedVersionGates":["`+gate+`"]}`), 200, ""))
	shown := p.do(p.token, "GET", p.cluster+v, "")
	said, err := time.Parse(time.RFC3339, fmt.Sprint(shown.at("properties.lotseProfile.versionGates.0.at")))
	if shown.at("properties.currentKubernetesVersion") != "1.37.0" || shown.at("properties.lotseProfile.versionGates.0.by") != admin || err != nil ||
		ahead.Since(ahead{}, said) > time.Minute {
		p.t.Errorf("got %s, %v", shown.body, err)
	}
	if same := p.want(p.t, p.do(p.token, "PUT", p.cluster+v, string(shown.body)), 200, ""); same.Header.Get("Azure-AsyncOperation") != "" {
		p.t.Errorf("writing back what was read became an operation: %s", same.body)
	}
}

// override by AKS's properties: it needs a time, and that must not have passed.
func (p upgradeWorld) override() {
	remove := p.impossibleBudget(p.t)
	defer remove()
	override := func(more string) string {
		return `,"upgradeSettings":{"overrideSettings":{"forceUpgrade":true` + more + `}}`
	}
	until := func(d time.Duration) string {
		return `,"until":"` + ahead.Now(ahead{}).Add(d).UTC().Format(time.RFC3339) + `"`
	}
	says(p.t, p.want(p.t, p.upgrade("1.37.2", override(`,"until":"tomorrow"`)), 400, "InvalidParameter"), "overrideSettings.until")
	p.refused(p.upgrade("1.37.2", ""), "UnsatisfiablePDB", "default/stays")
	p.refused(p.upgrade("1.37.2", override("")), "UnsatisfiablePDB", "forceUpgrade and until")
	p.refused(p.upgrade("1.37.2", override(until(-time.Minute))), "UnsatisfiablePDB", "default/stays")
	p.succeed(p.t, p.token, p.want(p.t, p.do(p.token, "PUT", p.cluster+v, `{"properties":{`+override(until(time.Hour))[1:]+`}}`), 200, ""))
	if dry := p.dryRun(`"kubernetesVersion":"1.37.2"`); dry.at("allowed") != true || dry.at("findings.0.severity") != "Overridden" {
		p.t.Errorf("got %s", dry.body)
	}
	p.succeed(p.t, p.token, p.want(p.t, p.upgrade("1.37.2", ""), 200, ""))
	shown := p.do(p.token, "GET", p.cluster+v, "")
	if shown.at("properties.upgradeSettings.overrideSettings.forceUpgrade") != true || shown.at("properties.lotseProfile.upgradeOverride.by") != admin {
		p.t.Errorf("got %s", shown.body)
	}
	p.overrideBySDK()
}

// overrideBySDK is read and ended by the SDK for Go, which sends back all that it read.
func (p upgradeWorld) overrideBySDK() {
	clusters := clientFactory(p.t, p.world).NewManagedClustersClient()
	got, err := clusters.Get(p.t.Context(), "rg1", "checked", nil)
	must(p.t, err)
	settings := got.Properties.UpgradeSettings.OverrideSettings
	if !*settings.ForceUpgrade || !settings.Until.After(ahead.Now(ahead{})) {
		p.t.Errorf("the SDK reads %v until %v", *settings.ForceUpgrade, settings.Until)
	}
	settings.ForceUpgrade = ptr.To(false)
	poller, err := clusters.BeginCreateOrUpdate(p.t.Context(), "rg1", "checked", got.ManagedCluster, nil)
	must(p.t, err)
	after, err := poller.PollUntilDone(p.t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Second})
	must(p.t, err)
	if *after.Properties.UpgradeSettings.OverrideSettings.ForceUpgrade {
		p.t.Error("the SDK did not end the override")
	}
}
