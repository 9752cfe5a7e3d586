package arm_test

import (
	"context"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azarm "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"
)

type staticToken string

func (s staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// clientFactory of Azure's own clients.
func clientFactory(t *testing.T, w *world) *armcontainerservice.ClientFactory {
	t.Helper()
	options := &azarm.ClientOptions{DisableRPRegistration: true, ClientOptions: policy.ClientOptions{
		Transport: w.server.Client(),
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: w.server.URL + "/adfs", Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: w.server.URL, Audience: w.server.URL + "/"},
		}},
	}}
	factory, err := armcontainerservice.NewClientFactory(sub1, staticToken(w.token(admin)), options)
	must(t, err)
	return factory
}

// sdk drives a cluster's life with Azure's own client, newest model.
func sdk(t *testing.T, w *world) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	factory := clientFactory(t, w)
	clusters, pools := factory.NewManagedClustersClient(), factory.NewAgentPoolsClient()
	poll := &runtime.PollUntilDoneOptions{Frequency: time.Second}

	create, err := clusters.BeginCreateOrUpdate(ctx, "rg1", "sdk", armcontainerservice.ManagedCluster{
		Location: to.Ptr("local"),
		Identity: &armcontainerservice.ManagedClusterIdentity{Type: to.Ptr(armcontainerservice.ResourceIdentityTypeSystemAssigned)},
		SKU:      &armcontainerservice.ManagedClusterSKU{Name: to.Ptr(armcontainerservice.ManagedClusterSKUNameBase), Tier: to.Ptr(armcontainerservice.ManagedClusterSKUTierFree)},
		Properties: &armcontainerservice.ManagedClusterProperties{
			DNSPrefix: to.Ptr("sdk"),
			AgentPoolProfiles: []*armcontainerservice.ManagedClusterAgentPoolProfile{{
				Name: to.Ptr("np1"), Count: to.Ptr[int32](1), VMSize: to.Ptr("Standard_D2s_v5"), Mode: to.Ptr(armcontainerservice.AgentPoolModeSystem),
				OSSKU: to.Ptr(armcontainerservice.OSSKUUbuntu), OSType: to.Ptr(armcontainerservice.OSTypeLinux),
			}},
		},
	}, nil)
	must(t, err)
	made, err := create.PollUntilDone(ctx, poll)
	must(t, err)
	if *made.Properties.ProvisioningState != "Succeeded" || *made.Properties.MaxAgentPools != 100 {
		t.Errorf("got %+v", made.Properties)
	}
	// The whole of what was read goes back, as the SDK's users do it.
	made.Properties.AgentPoolProfiles[0].Count = to.Ptr[int32](2)
	update, err := clusters.BeginCreateOrUpdate(ctx, "rg1", "sdk", made.ManagedCluster, &armcontainerservice.ManagedClustersClientBeginCreateOrUpdateOptions{IfMatch: made.ETag})
	must(t, err)
	scaled, err := update.PollUntilDone(ctx, poll)
	must(t, err)
	if *scaled.Properties.AgentPoolProfiles[0].Count != 2 {
		t.Errorf("got %d", *scaled.Properties.AgentPoolProfiles[0].Count)
	}
	tags, err := clusters.BeginUpdateTags(ctx, "rg1", "sdk", armcontainerservice.TagsObject{Tags: map[string]*string{"a": to.Ptr("b")}}, nil)
	must(t, err)
	_, err = tags.PollUntilDone(ctx, poll)
	must(t, err)

	add, err := pools.BeginCreateOrUpdate(ctx, "rg1", "sdk", "np2", armcontainerservice.AgentPool{
		Properties: &armcontainerservice.ManagedClusterAgentPoolProfileProperties{Count: to.Ptr[int32](1), VMSize: to.Ptr("Standard_B2s")}}, nil)
	must(t, err)
	added, err := add.PollUntilDone(ctx, poll)
	must(t, err)
	added.Properties.Count = to.Ptr[int32](0)
	again, err := pools.BeginCreateOrUpdate(ctx, "rg1", "sdk", "np2", added.AgentPool, nil)
	must(t, err)
	_, err = again.PollUntilDone(ctx, poll)
	must(t, err)
	gone, err := pools.BeginDelete(ctx, "rg1", "sdk", "np2", nil)
	must(t, err)
	_, err = gone.PollUntilDone(ctx, poll)
	must(t, err)

	credentials, err := clusters.ListClusterUserCredentials(ctx, "rg1", "sdk", nil)
	must(t, err)
	if len(credentials.Kubeconfigs) != 1 || len(credentials.Kubeconfigs[0].Value) == 0 {
		t.Errorf("got %+v", credentials)
	}
	seen := 0
	for pages := clusters.NewListPager(nil); pages.More(); {
		page, err := pages.NextPage(ctx)
		must(t, err)
		seen += len(page.Value)
	}
	if seen != 2 {
		t.Errorf("got %d clusters", seen)
	}
	_, err = clusters.GetUpgradeProfile(ctx, "rg1", "sdk", nil)
	must(t, err)
	_, err = clusters.ListKubernetesVersions(ctx, "local", nil)
	must(t, err)
	_, err = pools.GetAvailableAgentPoolVersions(ctx, "rg1", "sdk", nil)
	must(t, err)
	rotate, err := clusters.BeginRotateClusterCertificates(ctx, "rg1", "sdk", nil)
	must(t, err)
	_, err = rotate.PollUntilDone(ctx, poll)
	must(t, err)
	end, err := clusters.BeginDelete(ctx, "rg1", "sdk", nil)
	must(t, err)
	_, err = end.PollUntilDone(ctx, poll)
	must(t, err)
}
