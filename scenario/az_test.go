package scenario

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// azPatience is for the whole story: az takes seconds to start on a machine that is busy.
const azPatience = 20 * time.Minute

// azStory is the Azure command line, and what this story made with it.
type azStory struct {
	*azCLI
	ctx                 context.Context
	subscription, group string
}

// TestAz: a person who knows AKS works with Lotse by the unmodified az alone.
func TestAz(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), azPatience)
	defer cancel()
	a := &azStory{
		azCLI: setUpAz(ctx, t), ctx: ctx,
		subscription: lotse.client.Credential.SubscriptionID, group: "story-az-" + lotse.run,
	}
	t.Cleanup(func() {
		if err := lotse.removeGroup(a.group); err != nil {
			t.Error(err)
		}
	})
	t.Run("groups", a.groups)
	if t.Failed() {
		return
	}
	t.Log("a cluster is created; meanwhile the rest of the service is tried")
	a.must(ctx, t, "aks", "create", "-g", a.group, "-n", "c1", "-c", "1", "-s", storySize, "-k", storyVersion, "--no-ssh-key", "--no-wait", "--tags", "team=web")
	t.Run("account", a.account)
	t.Run("providers and features", a.providers)
	t.Run("roles", a.roles)
	t.Run("refusals", a.refusals)
	t.Run("log-ins", a.logIns)
	t.Run("the cluster", a.cluster)
	t.Run("a pool", a.pool)
	t.Run("commands", a.commands)
	t.Run("channels", a.channels)
	t.Run("new certificates", a.rotation)
	t.Run("stop and start", a.power)
	t.Run("the end", a.end)
}

// ask for one value of the story.
func (a *azStory) ask(t *testing.T, want string, args ...string) {
	t.Helper()
	a.equal(a.ctx, t, want, args...)
}

func (a *azStory) groups(t *testing.T) {
	location := lotse.client.Credential.Location
	a.ask(t, "false", "group", "exists", "-n", a.group, "@")
	a.ask(t, "Succeeded", "group", "create", "-n", a.group, "-l", location, "--tags", "team=web", "properties.provisioningState")
	a.ask(t, "true", "group", "exists", "-n", a.group, "@")
	a.ask(t, "web", "group", "show", "-n", a.group, "tags.team")
	a.ask(t, a.group, "group", "list", "--tag", "team=web", "[?name=='"+a.group+"'].name | [0]")
}

func (a *azStory) account(t *testing.T) {
	tenant := lotse.client.Credential.TenantID
	a.ask(t, "Enabled", "account", "list", "[?id=='"+a.subscription+"'].state | [0]")
	a.ask(t, a.subscription+"\n"+tenant, "account", "show", "[id, tenantId]")
	a.ask(t, lotse.client.Credential.Location, "account", "list-locations", "[0].name")
	a.ask(t, "Bearer\n"+a.subscription, "account", "get-access-token", "[tokenType, subscription]")
	a.ask(t, tenant, "rest", "--method", "get", "--url", "/tenants?api-version=2019-11-01", "value[0].tenantId")
}

func (a *azStory) providers(t *testing.T) {
	a.ask(t, "Registered", "provider", "list", "[?namespace=='Microsoft.ContainerService'].registrationState | [0]")
	a.must(a.ctx, t, "provider", "register", "-n", "Microsoft.ContainerService", "--wait")
	a.ask(t, "Registered", "provider", "show", "-n", "Microsoft.ContainerService", "registrationState")
	a.must(a.ctx, t, "feature", "list", "--namespace", "Microsoft.ContainerService")
	a.refused(a.ctx, t, []string{"Nonsense"}, "feature", "show", "--namespace", "Microsoft.ContainerService", "-n", "Nonsense")
	a.refused(a.ctx, t, []string{"Nonsense"}, "feature", "register", "--namespace", "Microsoft.ContainerService", "-n", "Nonsense")
	a.ask(t, "true", "aks", "get-versions", "-l", lotse.client.Credential.Location, "length(orchestrators) > `0`")
	a.ask(t, a.group, "rest", "--method", "get", "--url", "/subscriptions/"+a.subscription+"/resourceGroups/"+a.group+"?api-version=2021-04-01", "name")
}

// roles are reached by az rest: az role of Debian's 2.45 fails before it sends anything (docs/design/access.md).
func (a *azStory) roles(t *testing.T) {
	const version, reader = "?api-version=2022-04-01", "acdd72a7-3385-48ef-bd42-f606fba81ae7"
	provider := "/providers/Microsoft.Authorization/"
	scope := "/subscriptions/" + a.subscription + "/resourceGroups/" + a.group
	assignment := scope + provider + "roleAssignments/" + uuid.NewString() + version
	definitions := "/subscriptions/" + a.subscription + provider + "roleDefinitions" + version + "&$filter=roleName eq 'Reader'"
	rest := func(method, url string, more ...string) []string {
		return append([]string{"rest", "--method", method, "--url", url}, more...)
	}
	id := a.must(a.ctx, t, rest("get", definitions, "--query", "value[0].id", "-o", "tsv")...)
	if !strings.HasSuffix(id, provider+"roleDefinitions/"+reader) {
		t.Fatalf("the role Reader is %q", id)
	}
	principal := lotse.client.Credential.AppID
	body := fmt.Sprintf(`{"properties":{"roleDefinitionId":%q,"principalId":%q}}`, id, principal)
	a.ask(t, principal+"\n"+scope, rest("put", assignment, "--body", body, "properties.[principalId, scope]")...)
	a.ask(t, id, rest("get", assignment, "properties.roleDefinitionId")...)
	a.must(a.ctx, t, rest("delete", assignment)...)
	a.refused(a.ctx, t, []string{"RoleAssignmentNotFound"}, rest("get", assignment)...)
}

func (a *azStory) refusals(t *testing.T) {
	a.refused(a.ctx, t, []string{"ResourceGroupNotFound", "nowhere"}, "group", "show", "-n", "nowhere")
	a.refused(a.ctx, t, []string{"nowhere"}, "aks", "create", "-g", "nowhere", "-n", "c1", "--no-ssh-key", "-l", lotse.client.Credential.Location)
	a.refused(a.ctx, t, []string{"ResourceNotFound", "absent"}, "aks", "show", "-g", a.group, "-n", "absent")
	a.refused(a.ctx, t, []string{a.group + "."}, "group", "create", "-n", a.group+".", "-l", lotse.client.Credential.Location)
	a.refused(a.ctx, t, []string{"--name"}, "aks", "create", "-g", a.group, "-n", "bad_name_", "-c", "1", "--no-ssh-key")
	a.refused(a.ctx, t, []string{"mars"}, "group", "create", "-n", a.group+"-2", "-l", "mars")
	a.refused(a.ctx, t, []string{"Standard_Nonsense"}, "aks", "create", "-g", a.group, "-n", "c2", "-c", "1", "-s", "Standard_Nonsense", "--no-ssh-key")
}

func (a *azStory) cluster(t *testing.T) {
	of := []string{"-g", a.group, "-n", "c1"}
	ask := func(want, query string, verb ...string) {
		t.Helper()
		a.ask(t, want, append(append(append([]string{"aks"}, verb...), of...), query)...)
	}
	a.must(a.ctx, t, append([]string{"aks", "wait", "--created", "--interval", "2", "--timeout", "600"}, of...)...)
	ask("Succeeded\nRunning\nweb", "[provisioningState, powerState.code, tags.team]", "show")
	a.ask(t, "c1", "aks", "list", "-g", a.group, "[].name")
	a.ask(t, "c1", "aks", "list", "[?resourceGroup=='"+a.group+"'].name")
	a.ask(t, "c1", "resource", "list", "-g", a.group, "--resource-type", "Microsoft.ContainerService/managedClusters", "[].name")
	ask(a.must(a.ctx, t, "aks", "get-upgrades", "-g", a.group, "-n", "c1", "--query", "controlPlaneProfile.kubernetesVersion", "-o", "tsv"),
		"currentKubernetesVersion", "show")

	kubeconfig := a.file("kubeconfig")
	a.must(a.ctx, t, append([]string{"aks", "get-credentials", "-f", kubeconfig}, of...)...)
	a.kubectl(t, "c1", "--kubeconfig", kubeconfig, "config", "current-context")
	a.kubectl(t, "True", "--kubeconfig", kubeconfig, "get", "nodes", "-o", "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}")
	a.kubectl(t, "namespace/from-az created", "--kubeconfig", kubeconfig, "create", "namespace", "from-az")
	a.must(a.ctx, t, append([]string{"aks", "get-credentials", "--admin", "--overwrite-existing", "-f", kubeconfig}, of...)...)
	a.kubectl(t, "yes", "--kubeconfig", kubeconfig, "auth", "can-i", "delete", "nodes")

	ask("ops", "tags.team", "update", "--tags", "team=ops")
	ask("ops", "tags.team", "show")
}

func (a *azStory) kubectl(t *testing.T, want string, args ...string) {
	t.Helper()
	out, err := lotse.program(a.ctx, "kubectl", args...)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(out); got != want {
		t.Errorf("kubectl %s: got %q, want %q", strings.Join(args, " "), got, want)
	}
}

func (a *azStory) pool(t *testing.T) {
	ask := func(want, query string, verb ...string) {
		t.Helper()
		a.ask(t, want, append(append([]string{"aks", "nodepool"}, verb...), "-g", a.group, "--cluster-name", "c1", query)...)
	}
	ask("Succeeded\nred", "[provisioningState, nodeLabels.color]", "add", "-n", "more", "-c", "1", "-s", storySize, "--labels", "color=red", "--mode", "User")
	ask("2", "length(@)", "list")
	ask("1\nUser", "[count, mode]", "show", "-n", "more")
	a.kubectl(t, "red", "--kubeconfig", a.file("kubeconfig"), "get", "nodes", "-l", "agentpool=more", "-o", "jsonpath={.items[*].metadata.labels.color}")
	ask("Stopped", "powerState.code", "stop", "-n", "more")
	ask("Running", "powerState.code", "start", "-n", "more")
	a.refused(a.ctx, t, []string{"System"}, "aks", "nodepool", "stop", "-g", a.group, "--cluster-name", "c1", "-n", "nodepool1")
	ask("", "@", "delete", "-n", "more")
	ask("nodepool1", "[].name", "list")
	a.refused(a.ctx, t, []string{"nodepool1"}, "aks", "nodepool", "delete", "-g", a.group, "--cluster-name", "c1", "-n", "nodepool1")
	a.refused(a.ctx, t, []string{"more"}, "aks", "nodepool", "show", "-g", a.group, "--cluster-name", "c1", "-n", "more")
}

func (a *azStory) end(t *testing.T) {
	a.must(a.ctx, t, "aks", "delete", "-g", a.group, "-n", "c1", "--yes")
	a.ask(t, "0", "aks", "list", "-g", a.group, "length(@)")
	a.must(a.ctx, t, "group", "delete", "-n", a.group, "--yes")
	a.ask(t, "false", "group", "exists", "-n", a.group, "@")
	a.must(a.ctx, t, "logout")
	a.refused(a.ctx, t, []string{"az login"}, "group", "list")
}
