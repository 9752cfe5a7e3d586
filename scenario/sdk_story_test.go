package scenario

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	aks "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
)

// TestAzureSDK: a program written for AKS creates, uses, changes and deletes a cluster with the unmodified Azure SDK for Go.
func TestAzureSDK(t *testing.T) {
	t.Parallel()
	a := openAzure(t)
	group, name := "story-sdk-"+lotse.run, "sdk"
	groups := []string{group, group + "-2", group + "-3"}
	t.Cleanup(func() {
		for _, g := range groups {
			if err := lotse.removeGroup(g); err != nil {
				t.Error(err)
			}
		}
	})
	// The namespace of a story needs a cluster, and the first steps make it.
	ctx, cancel := context.WithTimeout(t.Context(), creation)
	defer cancel()

	t.Log("1. the program makes groups, lists them page by page, and makes a cluster in the first")
	for _, g := range groups {
		a.makeGroup(ctx, t, g, group)
	}
	a.groupsPaged(ctx, t, group, groups)
	a.makeCluster(ctx, t, group, name)

	t.Log("2. it finds the cluster in both lists")
	a.listed(ctx, t, group, name)

	t.Log("3. it fetches credentials and runs a web server")
	s := a.use(ctx, t, group, name)
	s.deploy("web", storyImage(t), 1)
	s.service("web")
	pod := s.readyPods("web", 1)[0].Name
	s.throughTunnel(pod)
	a.trustTokens(s)

	s.step("the program tags the cluster")
	tagging, err := a.clusters.BeginUpdateTags(s.ctx, group, name, aks.TagsObject{Tags: map[string]*string{"team": ptr("web")}}, nil)
	s.need(err)
	tagged, err := tagging.PollUntilDone(s.ctx, often)
	s.need(err)
	if v := tagged.Tags["team"]; v == nil || *v != "web" {
		s.fail("the tags are %v", tagged.Tags)
	}

	a.addPool(s)
	a.askForMore(s)
	a.deletePool(s)

	s.step("the program deletes the cluster and its groups")
	deletion, err := a.clusters.BeginDelete(s.ctx, group, name, nil)
	s.need(err)
	_, err = deletion.PollUntilDone(s.ctx, often)
	s.need(err)
	_, err = a.clusters.Get(s.ctx, group, name, nil)
	s.need(refusedWith(err, http.StatusNotFound, "ResourceNotFound"))
	for _, g := range groups {
		end, err := a.groups.BeginDelete(s.ctx, g, nil)
		s.need(err)
		_, err = end.PollUntilDone(s.ctx, often)
		s.need(err)
		exists, err := a.groups.CheckExistence(s.ctx, g, nil)
		s.need(err)
		if exists.Success {
			s.fail("group %s still exists", g)
		}
	}
}

func (a *azure) makeGroup(ctx context.Context, t *testing.T, group, story string) {
	t.Helper()
	made, err := a.groups.CreateOrUpdate(ctx, group, armresources.ResourceGroup{
		Location: ptr(lotse.client.Credential.Location), Tags: map[string]*string{"story": ptr(story)},
	}, nil)
	if err != nil || made.Name == nil || *made.Name != group {
		t.Fatalf("group = %+v, %v", made.ResourceGroup, err)
	}
	exists, err := a.groups.CheckExistence(ctx, group, nil)
	if err != nil || !exists.Success {
		t.Fatalf("the group's existence = %v, %v", exists.Success, err)
	}
}

// groupsPaged lists the story's groups two at a time.
func (a *azure) groupsPaged(ctx context.Context, t *testing.T, story string, want []string) {
	t.Helper()
	pager := a.groups.NewListPager(&armresources.ResourceGroupsClientListOptions{
		Filter: ptr("tagName eq 'story' and tagValue eq '" + story + "'"), Top: ptr(int32(2)),
	})
	var names []string
	pages := 0
	for ; pager.More(); pages++ {
		page, err := pager.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.Value {
			names = append(names, *g.Name)
		}
	}
	if pages != 2 || !slices.Equal(names, want) {
		t.Fatalf("%d pages name the groups %v, want 2 pages and %v", pages, names, want)
	}
}

func (a *azure) makeCluster(ctx context.Context, t *testing.T, group, name string) {
	t.Helper()
	creating, err := a.clusters.BeginCreateOrUpdate(ctx, group, name, aks.ManagedCluster{
		Location: ptr(lotse.client.Credential.Location),
		Properties: &aks.ManagedClusterProperties{
			DNSPrefix:         ptr(name),
			OidcIssuerProfile: &aks.ManagedClusterOIDCIssuerProfile{Enabled: ptr(true)},
			AgentPoolProfiles: []*aks.ManagedClusterAgentPoolProfile{{
				Name: ptr("sys"), Mode: ptr(aks.AgentPoolModeSystem), Count: ptr(int32(1)), VMSize: ptr(storySize),
			}},
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("   while it is made, another pool is refused")
	_, err = a.pools.BeginCreateOrUpdate(ctx, group, name, "early", userPool(), nil)
	if err := refusedWith(err, http.StatusConflict, "OperationNotAllowed"); err != nil {
		t.Fatal(err)
	}
	made, err := creating.PollUntilDone(ctx, often)
	if err != nil {
		t.Fatalf("creating the cluster: %v\n%s", err, lotse.poolStates(group, name))
	}
	if p := made.Properties; p == nil || p.ProvisioningState == nil || *p.ProvisioningState != "Succeeded" || *p.PowerState.Code != aks.CodeRunning {
		t.Fatalf("the created cluster is %+v", made.Properties)
	}
}

func (a *azure) listed(ctx context.Context, t *testing.T, group, name string) {
	t.Helper()
	byGroup := a.clusters.NewListByResourceGroupPager(group, nil)
	var names []string
	for byGroup.More() {
		page, err := byGroup.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Value {
			names = append(names, *c.Name)
		}
	}
	if !slices.Equal(names, []string{name}) {
		t.Fatalf("the group's clusters are %v, want only %s", names, name)
	}
	all := a.clusters.NewListPager(nil)
	found := false
	for all.More() {
		page, err := all.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		found = found || slices.ContainsFunc(page.Value, func(c *aks.ManagedCluster) bool { return strings.Contains(*c.ID, group) })
	}
	if !found {
		t.Fatal("the subscription's list lacks the cluster")
	}
}

// use begins the part of the story that has a cluster.
func (a *azure) use(ctx context.Context, t *testing.T, group, name string) *story {
	t.Helper()
	given, err := a.clusters.ListClusterUserCredentials(ctx, group, name, nil)
	if err != nil || len(given.Kubeconfigs) != 1 {
		t.Fatalf("credentials: %d kubeconfigs, %v", len(given.Kubeconfigs), err)
	}
	c, err := lotse.connectWith(group, name, given.Kubeconfigs[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	s := begin(t, c)
	s.number = 3
	s.until("one Ready node", time.Minute, func() (bool, string) { n := len(s.nodes()); return n == 1, "" })
	return s
}

func userPool() aks.AgentPool {
	return aks.AgentPool{Properties: &aks.ManagedClusterAgentPoolProfileProperties{
		Mode: ptr(aks.AgentPoolModeUser), Count: ptr(int32(1)), VMSize: ptr(storySize),
	}}
}

func (a *azure) addPool(s *story) {
	s.Helper()
	s.step("the program adds a pool")
	adding, err := a.pools.BeginCreateOrUpdate(s.ctx, s.group, s.cluster.name, "more", userPool(), nil)
	s.need(err)
	added, err := adding.PollUntilDone(s.ctx, often)
	s.need(err)
	if *added.Properties.ProvisioningState != "Succeeded" || len(s.nodes("more")) != 1 {
		s.fail("pool more is %s with %d Ready nodes", *added.Properties.ProvisioningState, len(s.nodes("more")))
	}
}

func (a *azure) askForMore(s *story) {
	s.Helper()
	s.step("the program asks for upgrades, and for what Lotse does not do")
	_, err := a.clusters.GetUpgradeProfile(s.ctx, s.group, s.cluster.name, nil)
	s.need(err)
	odd := userPool()
	odd.Properties.EnableUltraSSD = ptr(true)
	_, err = a.pools.BeginCreateOrUpdate(s.ctx, s.group, s.cluster.name, "odd", odd, nil)
	if err == nil || !strings.Contains(err.Error(), "enableUltraSSD") {
		s.fail("a property that Lotse does not implement answered %v, want a refusal by its name", err)
	}
}

func (a *azure) deletePool(s *story) {
	s.Helper()
	s.step("the program deletes the pool")
	nodes := s.nodes("more")
	deleting, err := a.pools.BeginDelete(s.ctx, s.group, s.cluster.name, "more", nil)
	s.need(err)
	_, err = deleting.PollUntilDone(s.ctx, often)
	s.need(err)
	s.vanished(nodes[0].Name)
}
