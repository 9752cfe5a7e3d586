package arm_test

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	s1 = "/subscriptions/" + sub1
	rg = s1 + "/resourceGroups/rg1"
	mc = rg + "/providers/Microsoft.ContainerService/managedClusters/c1"
	// created is the body of a plain az aks create, as az 2.45 sends it.
	created = `{"location":"local","identity":{"type":"SystemAssigned"},"properties":{"kubernetesVersion":"","dnsPrefix":"c1-rg1-200000",
		"agentPoolProfiles":[{"count":1,"vmSize":"Standard_DS2_v2","osDiskSizeGB":0,"osType":"Linux","enableAutoScaling":false,
		"type":"VirtualMachineScaleSets","mode":"System","orchestratorVersion":"","upgradeSettings":{},"enableNodePublicIP":false,
		"enableEncryptionAtHost":false,"enableUltraSSD":false,"enableFIPS":false,"name":"nodepool1"}],
		"addonProfiles":{},"enableRBAC":true,"networkProfile":{"networkPlugin":"kubenet","podCidr":"10.244.0.0/16","serviceCidr":"10.0.0.0/16",
		"dnsServiceIP":"10.0.0.10","dockerBridgeCidr":"172.17.0.1/16","outboundType":"loadBalancer","loadBalancerSku":"standard"},
		"disableLocalAccounts":false,"storageProfile":{}}}`
)

// TestFrontDoor drives one front door over one API server; starting those takes longer than all the rest.
func TestFrontDoor(t *testing.T) {
	w := newWorld(t)
	for _, story := range []struct {
		name string
		run  func(*testing.T, *world)
	}{
		{"logging in", loggingIn},
		{"a device is logged in by its user", deviceFlow},
		{"log-ins that cost more than they are worth", floodOfLogIns},
		{"who sees what", visibility},
		{"what ARM says of wrong requests", wrongRequests},
		{"resource groups", resourceGroups},
		{"providers and features", providersAndFeatures},
		{"the life of a cluster", clusterLife},
		{"what has a resource's name and is another's", othersObjects},
		{"OIDC issuers", oidcIssuer},
		{"what a cluster refuses", clusterRefusals},
		{"bodies that must be refused", badBodies},
		{"networks that must be refused", badNetworks},
		{"names that must be refused", badNames},
		{"addresses that must be refused", badAddresses},
		{"tokens that must be refused", badTokens},
		{"pools", pools},
		{"documents that are written back", writtenBack},
		{"credentials in the older form", accessProfiles},
		{"a pool that was created with its cluster", createdWithItsCluster},
		{"a pool that is deleted without regard to disruption budgets", ignoredBudgets},
		{"clusters and pools that are stopped and started", powerStates},
		{"operations that are aborted", aborts},
		{"machines of pools", machinesOfPools},
		{"the capacity of a stopped cluster", stoppedCapacity},
		{"a cluster that is created stopped", createdStopped},
		{"node images of pools", nodeImages},
		{"maintenance configurations", maintenanceConfigurations},
		{"maintenance configurations that must be refused", badMaintenance},
		{"maintenance configurations by the SDK for Go", maintenanceBySDK},
		{"a power schedule", powerSchedule},
		{"a power schedule is followed", followedSchedule},
		{"channels are followed", followedChannels},
		{"channels are followed by a process that dies", followedByTheDying},
		{"a roll-out that makes clusters worse is halted", haltedRollout},
		{"one operation at a time", oneAtATime},
		{"failed operations are repeated by the same write", failures},
		{"a failed pool is repeated by its cluster's write", failedPool},
		{"equal writes at once", atOnce},
		{"different pools written at once", differentPools},
		{"the same pool written at once", samePool},
		{"a cluster and its pools written at once", clusterOrPools},
		{"the last System pools go at once", lastSystemPools},
		{"quotas of pools made at once", quotasAtOnce},
		{"capacity of pools made at once", capacityAtOnce},
		{"a pool that its cluster's write has not reached", unwrittenPool},
		{"a lock whose writer died expires", lockExpires},
		{"quotas", quotas},
		{"capacity", capacityAhead},
		{"entity tags", etags},
		{"versions", versions},
		{"upgrades that are checked ahead", checkedUpgrades},
		{"roles are given and taken", roleAssignments},
		{"who can log in, and with what", directory},
		{"subscriptions come and go", tenants},
		{"two replicas", twoReplicas},
		{"tags are changed by one call", oneCall},
		{"every write is in the audit log", auditLog},
		{"a rotation of certificates", rotation},
		{"a rotation of the key of tokens", keyRotation},
		{"commands", commands},
		{"the SDK for Go", sdk},
	} {
		t.Run(story.name, func(t *testing.T) {
			defer w.operator.paused.Store(false)
			defer w.replicas.several.Store(false)
			story.run(t, w)
		})
	}
}

// settle polls an operation until it is done, as a client would.
func (w *world) settle(t *testing.T, token string, a answer) answer {
	t.Helper()
	url := a.Header.Get("Azure-AsyncOperation")
	if url == "" {
		t.Fatalf("%s %s: no Azure-AsyncOperation: %d %s", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.body)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		poll := w.do(token, "GET", url, "")
		if poll.StatusCode != 200 {
			t.Fatalf("a poll must answer 200, got %d %s", poll.StatusCode, poll.body)
		}
		if poll.at("status") != "InProgress" {
			return poll
		}
		if poll.Header.Get("Retry-After") != "1" {
			t.Fatalf("a poll has no Retry-After, so az would sleep for 30 s")
		}
	}
	t.Fatalf("%s did not end", url)
	return answer{}
}

func (w *world) succeed(t *testing.T, token string, a answer) {
	t.Helper()
	if end := w.settle(t, token, a); end.at("status") != "Succeeded" {
		t.Fatalf("got %s", end.body)
	}
}

func visibility(t *testing.T, w *world) {
	count := func(who, path string) int {
		list, _ := w.want(t, w.do(w.token(who), "GET", path, ""), 200, "").at("value").([]any)
		return len(list)
	}
	for who, n := range map[string]int{admin: 3, reader: 1, groupOwner: 1, anna: 1, stranger: 0} {
		if got := count(who, "/subscriptions?api-version=2019-11-01"); got != n {
			t.Errorf("%s sees %d subscriptions, want %d", who, got, n)
		}
	}
	if n := count(admin, "/tenants?api-version=2019-11-01"); n != 1 {
		t.Errorf("got %d tenants", n)
	}
	if n := count(reader, s1+"/locations?api-version=2019-11-01"); n != 1 {
		t.Errorf("got %d locations", n)
	}
	w.want(t, w.do(w.token(anna), "GET", s1+"?api-version=2019-11-01", ""), 404, "SubscriptionNotFound")
	w.want(t, w.do(w.token(admin), "GET", "/subscriptions/"+tenant+"?api-version=2019-11-01", ""), 404, "SubscriptionNotFound")
	w.want(t, w.do(w.token(reader), "PUT", rg+v, `{"location":"local"}`), 403, "AuthorizationFailed")
	denied := w.want(t, w.do(w.token(groupOwner), "PUT", rg+v, `{"location":"local"}`), 403, "AuthorizationFailed")
	if m := denied.at("error.message").(string); !strings.Contains(m, "'Microsoft.Resources/subscriptions/resourceGroups/write' over scope '"+rg+"'") {
		t.Errorf("got %s", m)
	}
	w.want(t, w.do(w.token(groupOwner), "PUT", s1+"/resourcegroups/Mine"+v, `{"location":"local"}`), 201, "")
	if n := count(groupOwner, s1+"/resourcegroups"+v); n != 1 {
		t.Errorf("got %d groups", n)
	}
	w.want(t, w.do(w.token(admin), "PUT", "/subscriptions/"+suspended+"/resourceGroups/x"+v, `{"location":"local"}`), 409, "InvalidSubscriptionState")
	w.want(t, w.do(w.token(admin), "GET", "/subscriptions/"+suspended+"/resourceGroups"+v, ""), 200, "")
}

func wrongRequests(t *testing.T, w *world) {
	token := w.token(admin)
	w.want(t, w.do(token, "GET", s1+"/resourceGroups", ""), 400, "MissingApiVersionParameter")
	w.want(t, w.do(token, "GET", s1+"/resourceGroups?api-version=new", ""), 400, "InvalidApiVersionParameter")
	w.want(t, w.do(token, "GET", s1+"/providers/Microsoft.ContainerService/managedClusters?api-version=2019-01-01", ""), 400, "NoRegisteredProviderFound")
	w.want(t, w.do(token, "GET", rg+"/providers/Microsoft.Web/sites/x"+v, ""), 404, "InvalidResourceType")
	w.want(t, w.do(token, "GET", "/nothing", ""), 404, "NotFound")
	if a := w.want(t, w.do(token, "POST", rg+v, "{}"), 405, "HttpMethodNotSupported"); a.Header.Get("Allow") == "" {
		t.Errorf("405 without Allow")
	}
	w.want(t, w.do(token, "PUT", rg+v, "{"), 400, "InvalidRequestContent")
	w.want(t, w.do(token, "PUT", rg+v, `{"location":"local","x":"`+strings.Repeat("x", 5<<20)+`"}`), 413, "RequestContentTooLarge")
	a := w.do(token, "GET", "/subscriptions"+v, "", "x-ms-client-request-id", "abc-1", "x-ms-correlation-request-id", "corr-1")
	if a.Header.Get("x-ms-client-request-id") != "abc-1" || a.Header.Get("x-ms-correlation-request-id") != "corr-1" || a.Header.Get("x-ms-request-id") == "" {
		t.Errorf("got %v", a.Header)
	}
}

func resourceGroups(t *testing.T, w *world) {
	token := w.token(admin)
	w.want(t, w.do(token, "HEAD", rg+v, ""), 404, "")
	w.want(t, w.do(token, "GET", rg+v, ""), 404, "ResourceGroupNotFound")
	w.want(t, w.do(token, "PUT", s1+"/resourceGroups/rg."+v, `{"location":"local"}`), 400, "InvalidResourceGroup")
	w.want(t, w.do(token, "PUT", rg+v, `{"location":"mars"}`), 400, "LocationNotAvailableForResourceGroup")
	w.want(t, w.do(token, "PUT", rg+v, `{}`), 400, "InvalidParameter")
	w.want(t, w.do(token, "PUT", rg+v, `{"location":"Local","tags":{"env":"prod"}}`), 201, "")
	again := w.want(t, w.do(token, "PUT", strings.ToUpper(rg)+v, `{"location":"local"}`), 200, "")
	if again.at("name") != "rg1" || again.at("tags.env") != "prod" || again.at("properties.provisioningState") != "Succeeded" {
		t.Errorf("got %s", again.body)
	}
	w.want(t, w.do(token, "HEAD", rg+v, ""), 204, "")
	if a := w.want(t, w.do(token, "PATCH", rg+v, `{"tags":{"team":"a"}}`), 200, ""); a.at("tags.env") != nil || a.at("tags.team") != "a" {
		t.Errorf("got %s", a.body)
	}
	for filter, n := range map[string]int{"tagName eq 'team'": 1, "tagName eq 'team' and tagValue eq 'b'": 0} {
		a := w.want(t, w.do(token, "GET", s1+"/resourceGroups"+v+"&$filter="+url.QueryEscape(filter), ""), 200, "")
		if list := a.at("value").([]any); len(list) != n {
			t.Errorf("%s: got %d", filter, len(list))
		}
	}
	w.want(t, w.do(token, "GET", s1+"/resourceGroups"+v+"&$filter=bad", ""), 400, "InvalidFilterInQueryString")
	w.want(t, w.do(token, "PUT", s1+"/resourceGroups/gone"+v, `{"location":"local"}`), 201, "")
	w.operator.paused.Store(true)
	deleted := w.want(t, w.do(token, "DELETE", s1+"/resourceGroups/gone"+v, ""), 202, "")
	location := deleted.Header.Get("Location")
	w.want(t, w.do(token, "GET", location, ""), 202, "")
	busy := w.want(t, w.do(token, "PUT", s1+"/resourceGroups/gone"+v, `{"location":"local"}`), 409, "ResourceGroupBeingDeleted")
	if busy.Header.Get("Retry-After") == "" {
		t.Error("the answer has no Retry-After")
	}
	w.operator.paused.Store(false)
	for w.do(token, "GET", location, "").StatusCode == 202 {
		time.Sleep(20 * time.Millisecond)
	}
	w.want(t, w.do(token, "GET", location, ""), 200, "")
}

func providersAndFeatures(t *testing.T, w *world) {
	token, provider := w.token(admin), s1+"/providers/microsoft.containerservice"
	state := func() any { return w.want(t, w.do(token, "GET", provider+v, ""), 200, "").at("registrationState") }
	if s := state(); s != "Registered" {
		t.Errorf("got %v", s)
	}
	w.want(t, w.do(token, "POST", provider+"/register"+v, ""), 200, "")
	w.want(t, w.do(token, "POST", provider+"/unregister"+v, ""), 409, "Conflict")
	if s := state(); s != "Registered" {
		t.Errorf("got %v", s)
	}
	listedTypesAreServed(t, w, token)
	w.want(t, w.do(token, "POST", s1+"/providers/Microsoft.Nothing/register"+v, ""), 404, "InvalidResourceNamespace")
	feature := s1 + "/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/"
	if a := w.want(t, w.do(token, "POST", feature+"examplepreview/register?api-version=2021-07-01", ""), 200, ""); a.at("properties.state") != "Registered" {
		t.Errorf("got %s", a.body)
	}
	if a := w.want(t, w.do(token, "POST", feature+"ExamplePreview/unregister?api-version=2021-07-01", ""), 200, ""); a.at("properties.state") != "NotRegistered" {
		t.Errorf("got %s", a.body)
	}
	w.want(t, w.do(token, "GET", feature+"Nothing?api-version=2021-07-01", ""), 404, "FeatureNotFound")
}

// listedTypesAreServed asks for a resource of every type that a provider lists. Those of Microsoft.Resources have paths of their own.
func listedTypesAreServed(t *testing.T, w *world, token string) {
	list := w.want(t, w.do(token, "GET", s1+"/providers"+v, ""), 200, "")
	providers := list.at("value").([]any)
	for _, p := range providers {
		p := p.(map[string]any)
		namespace := p["namespace"].(string)
		for _, kind := range p["resourceTypes"].([]any) {
			name := kind.(map[string]any)["resourceType"].(string)
			path := "/providers/" + namespace + "/" + strings.ReplaceAll(name, "/", "/x/")
			served := namespace == "Microsoft.Resources"
			for _, try := range []string{path, s1 + path, s1 + path + "/x", rg + path, rg + path + "/x"} {
				served = served || w.do("", "GET", try+v, "").StatusCode == 401
			}
			if !served {
				t.Errorf("provider %s lists the type %s, which no route serves", namespace, name)
			}
		}
	}
}

func clusterLife(t *testing.T, w *world) {
	token := w.token(admin)
	w.want(t, w.do(token, "GET", mc+v, ""), 404, "ResourceNotFound")
	w.want(t, w.do(token, "DELETE", mc+v, ""), 204, "")
	w.operator.paused.Store(true)
	put := w.want(t, w.do(token, "PUT", mc+v, created), 201, "")
	if put.at("properties.provisioningState") != "Creating" || put.Header.Get("Retry-After") != "1" || put.at("properties.agentPoolProfiles.0.name") != "nodepool1" {
		t.Errorf("got %s", put.body)
	}
	get := w.want(t, w.do(token, "GET", mc+v, ""), 200, "") // read-your-writes
	if get.at("properties.kubernetesVersion") != "1.36.3" || get.at("properties.nodeResourceGroup") != "MC_rg1_c1_local" {
		t.Errorf("got %s", get.body)
	}
	w.want(t, w.do(token, "POST", mc+"/listClusterUserCredential"+v, ""), 409, "OperationNotAllowed")
	w.operator.paused.Store(false)
	w.succeed(t, token, put)
	show := w.want(t, w.do(token, "GET", mc+v, ""), 200, "")
	for path, want := range map[string]any{
		"properties.provisioningState": "Succeeded", "properties.powerState.code": "Running", "properties.maxAgentPools": 100.0,
		"properties.servicePrincipalProfile.clientId": "msi", "properties.fqdn": "100.98.0.1", "properties.networkProfile.serviceCidr": "10.0.0.0/16",
		"properties.agentPoolProfiles.0.powerState.code": "Running", "properties.agentPoolProfiles.0.maxPods": 110.0, "identity.type": "SystemAssigned",
		"properties.agentPoolProfiles.0.provisioningState": "Succeeded", "identity.tenantId": tenant,
	} {
		if got := show.at(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	same := w.want(t, w.do(token, "PUT", mc+v, string(show.body)), 200, "")
	if same.Header.Get("Azure-AsyncOperation") != "" || same.at("eTag") != show.at("eTag") {
		t.Errorf("sending back what was read became an operation: %s", same.body)
	}
	scaled := w.want(t, w.do(token, "PUT", mc+v, `{"location":"local","properties":{"agentPoolProfiles":[{"name":"nodepool1","count":3}]}}`), 200, "")
	w.succeed(t, token, scaled)
	if after := w.do(token, "GET", mc+v, ""); after.at("properties.agentPoolProfiles.0.count") != 3.0 || after.at("properties.dnsPrefix") != "c1-rg1-200000" {
		t.Errorf("a merge lost something: %s", after.body)
	}
	w.succeed(t, token, w.want(t, w.do(token, "PATCH", mc+v, `{"tags":{"a":"b"}}`), 200, ""))
	if after := w.do(token, "GET", mc+v, ""); after.at("properties.agentPoolProfiles.0.count") != 3.0 || after.at("tags.a") != "b" {
		t.Errorf("tags moved a pool: %s", after.body)
	}
	w.personalCredentials(t)
	w.want(t, w.do(w.token(reader), "GET", mc+v, ""), 200, "")
	w.want(t, w.do(w.token(reader), "POST", mc+"/listClusterUserCredential"+v, ""), 403, "AuthorizationFailed")
	listed := w.want(t, w.do(w.token(groupOwner), "GET", s1+"/providers/Microsoft.ContainerService/managedClusters"+v, ""), 200, "")
	if n := len(listed.at("value").([]any)); n != 0 {
		t.Errorf("a list showed %d clusters that the caller may not read", n)
	}
	found := w.want(t, w.do(token, "GET", s1+"/resources"+v+"&$filter="+url.QueryEscape("resourceType eq 'Microsoft.ContainerService/managedClusters' and resourceGroup eq 'RG1'"), ""), 200, "")
	if found.at("value.0.name") != "c1" {
		t.Errorf("got %s", found.body)
	}
	if a := w.want(t, w.do(token, "GET", mc+"/outboundNetworkDependenciesEndpoints"+v, ""), 200, ""); a.at("value.0.category") != "apiserver" {
		t.Errorf("got %s", a.body)
	}
}
