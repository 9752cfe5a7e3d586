package arm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// nodeImages: a pool goes to a newer node image, is pinned to one, and goes back to an earlier one.
func nodeImages(t *testing.T, w *world) {
	p := w.poolsOf(t, "images", systemPool("sys"))
	release := func() string { return w.poolRelease(t, p.cluster, "sys") }
	first := release()
	version := p.want(t, p.do(p.token, "GET", p.pool("sys"), ""), 200, "").at("properties.orchestratorVersion").(string)
	newer := &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "newer-image"}, Spec: v1alpha1.ReleaseSpec{
		KubernetesVersion: version, NodeImageVersion: "LotseDebian-12-202612.1.0", Images: map[string]string{"node": "y"}}}
	time.Sleep(time.Second) // creation times have seconds, and the newer of two builds is the newest
	w.create(newer)
	defer func() { must(t, w.client.Delete(t.Context(), newer)) }()
	upgrade := func() answer { return p.do(p.token, "POST", p.cluster+"/agentPools/sys/upgradeNodeImageVersion"+v, "") }

	profile := p.want(t, p.do(p.token, "GET", p.cluster+"/agentPools/sys/upgradeProfiles/default"+v, ""), 200, "")
	if profile.at("properties.latestNodeImageVersion") != "LotseDebian-12-202612.1.0" {
		t.Errorf("got %s", profile.body)
	}
	w.operator.paused.Store(true)
	accepted := p.want(t, upgrade(), 202, "")
	if len(accepted.body) > 0 || accepted.Header.Get("Location") == "" || accepted.Header.Get("Azure-AsyncOperation") == "" || release() != "newer-image" {
		t.Errorf("the answer is %v %s, the release %s", accepted.Header, accepted.body, release())
	}
	if state := p.do(p.token, "GET", p.pool("sys"), "").at("properties.provisioningState"); state != "UpgradingNodeImageVersion" {
		t.Errorf("the pool is %v", state)
	}
	w.operator.paused.Store(false)
	p.succeed(t, p.token, accepted)
	if result := p.want(t, p.do(p.token, "GET", accepted.Header.Get("Location"), ""), 200, ""); result.at("name") != "sys" {
		t.Errorf("the result is %s", result.body)
	}
	p.succeed(t, p.token, p.want(t, upgrade(), 202, "")) // it has the newest: an operation that has nothing to do

	pinnedImages(t, p, first, release, upgrade)
	failedImages(t, p, upgrade)

	pools := clientFactory(t, w).NewAgentPoolsClient()
	poller, err := pools.BeginUpgradeNodeImageVersion(t.Context(), "rg1", "images", "sys", nil)
	must(t, err)
	got, err := poller.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Second})
	must(t, err)
	if *got.Name != "sys" || *got.Properties.ProvisioningState != "Succeeded" {
		t.Errorf("the SDK got %+v", got.AgentPool)
	}
	says(t, p.want(t, p.do(p.token, "POST", p.cluster+"/agentPools/none/upgradeNodeImageVersion"+v, ""), 404, "ResourceNotFound"), "none")
	w.succeed(t, p.token, w.want(t, w.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

// pinnedImages: a pin is kept until it is written, and can name an earlier image.
func pinnedImages(t *testing.T, p poolsWorld, first string, release func() string, upgrade func() answer) {
	earlier := "LotseDebian-12-" + strings.TrimSuffix(strings.TrimPrefix(first, "v"), "-0")
	pin := func(image string) string {
		return `{"properties":{"lotseProfile":{"nodeImageVersion":"` + image + `"}}}`
	}
	p.operator.paused.Store(true)
	back := p.want(t, p.do(p.token, "PUT", p.pool("sys"), pin(earlier)), 200, "")
	if back.at("properties.provisioningState") != "UpgradingNodeImageVersion" || back.at("properties.lotseProfile.nodeImageVersion") != earlier || release() != first {
		t.Errorf("the release is %s, the pool %s", release(), back.body)
	}
	p.operator.paused.Store(false)
	p.succeed(t, p.token, back)
	show := p.want(t, p.do(p.token, "GET", p.pool("sys"), ""), 200, "")
	if same := p.want(t, p.do(p.token, "PUT", p.pool("sys"), string(show.body)), 200, ""); same.Header.Get("Azure-AsyncOperation") != "" {
		t.Error("sending back what was read became an operation")
	}
	says(t, p.want(t, upgrade(), 409, "OperationNotAllowed"), "Agent pool 'sys' is pinned to node image '"+earlier+"'.")
	refused := p.want(t, p.do(p.token, "PUT", p.pool("sys"), pin("LotseDebian-12-202001.1.0")), 400, "InvalidParameter")
	says(t, refused, "there is no node image 'LotseDebian-12-202001.1.0' for Kubernetes "+p.do(p.token, "GET", p.pool("sys"), "").at("properties.orchestratorVersion").(string))
	if refused.at("error.target") != "properties.lotseProfile.nodeImageVersion" {
		t.Errorf("got %s", refused.body)
	}
	p.want(t, p.do(p.token, "PUT", p.pool("sys"), `{"properties":{"lotseProfile":{"nodeImageVersion":1}}}`), 400, "InvalidParameter")
	p.succeed(t, p.token, p.want(t, p.do(p.token, "PUT", p.pool("sys"), pin("")), 200, ""))
	if release() != first {
		t.Errorf("without its pin the pool went to %s by itself", release())
	}
	p.succeed(t, p.token, p.want(t, upgrade(), 202, ""))
	if release() != "newer-image" {
		t.Errorf("the release is %s", release())
	}
}

// failedImages: a write that repeats an upgrade is one.
func failedImages(t *testing.T, p poolsWorld, upgrade func() answer) {
	p.operator.failPool.Store(&v1alpha1.OperationError{Code: "UpgradeFailed", Message: "Drain node x failed."})
	failed := p.want(t, upgrade(), 202, "").Header.Get("Azure-AsyncOperation")
	p.until(t, "the upgrade to fail", func() bool { return p.do(p.token, "GET", failed, "").at("status") == "Failed" })
	if shown := p.do(p.token, "GET", failed, ""); shown.at("error.code") != "UpgradeFailed" {
		t.Errorf("got %s", shown.body)
	}
	p.operator.failPool.Store(nil)
	p.operator.paused.Store(true)
	again := p.want(t, p.do(p.token, "PUT", p.pool("sys"), `{"properties":{}}`), 200, "")
	if again.at("properties.provisioningState") != "UpgradingNodeImageVersion" {
		t.Errorf("the repetition is %s", again.body)
	}
	p.operator.paused.Store(false)
	p.succeed(t, p.token, again)
}

// poolRelease is the release of a pool's object.
func (w *world) poolRelease(t *testing.T, cluster, pool string) string {
	t.Helper()
	o := &v1alpha1.AgentPool{}
	key := client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(cluster + "/agentPools/" + pool)}
	must(t, w.client.Get(t.Context(), key, o))
	return o.Spec.Release
}
