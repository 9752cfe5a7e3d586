package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	aks "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
)

// azure is the unmodified Azure SDK for Go, pointed at Lotse by its own settings.
type azure struct {
	groups   *armresources.ResourceGroupsClient
	clusters *aks.ManagedClustersClient
	pools    *aks.AgentPoolsClient
}

func openAzure(t *testing.T) *azure {
	t.Helper()
	c := lotse.client.Credential
	trust, err := c.TLS()
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: trust}}
	options := &arm.ClientOptions{
		DisableRPRegistration: true,
		ClientOptions: policy.ClientOptions{
			Transport: web,
			Cloud: cloud.Configuration{
				ActiveDirectoryAuthorityHost: c.Endpoint + "/adfs",
				Services:                     map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: c.Endpoint, Audience: c.Endpoint}},
			},
		},
	}
	token := fetchToken(t, web)
	a := &azure{}
	if a.groups, err = armresources.NewResourceGroupsClient(c.SubscriptionID, token, options); err != nil {
		t.Fatal(err)
	}
	if a.clusters, err = aks.NewManagedClustersClient(c.SubscriptionID, token, options); err != nil {
		t.Fatal(err)
	}
	if a.pools, err = aks.NewAgentPoolsClient(c.SubscriptionID, token, options); err != nil {
		t.Fatal(err)
	}
	return a
}

// staticToken is an azcore.TokenCredential.
type staticToken string

// GetToken implements azcore.TokenCredential.
func (s staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: time.Now().Add(30 * time.Minute)}, nil
}

func fetchToken(t *testing.T, web *http.Client) staticToken {
	t.Helper()
	c := lotse.client.Credential
	response, err := web.PostForm(c.Endpoint+"/adfs/oauth2/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.AppID}, "client_secret": {c.Secret}, "resource": {c.Endpoint + "/"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %s, %v", response.Status, err)
	}
	return staticToken(answer.Token)
}

// often is how the SDK polls operations.
var often = &runtime.PollUntilDoneOptions{Frequency: time.Second}

// refusedWith reports whether the SDK understood a refusal as ARM means it.
func refusedWith(err error, status int, code string) error {
	if e := (*azcore.ResponseError)(nil); !errors.As(err, &e) || e.StatusCode != status || e.ErrorCode != code {
		return fmt.Errorf("got %w, want %d %s", errors.Join(err, errors.New("(end of answer)")), status, code)
	}
	return nil
}

func ptr[T any](v T) *T { return &v }
