package arm_test

import (
	"strings"
	"testing"

	"lotse.dev/api/v1alpha1"
)

func clusterRefusals(t *testing.T, w *world) {
	token := w.token(admin)
	other := rg + "/providers/Microsoft.ContainerService/managedClusters/other"
	with := func(properties string) string {
		return `{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System","count":1}],` + properties + `}}`
	}
	pool := func(properties string) string {
		return `{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System","count":1},{"name":"np2",` + properties + `}]}}`
	}
	for sentence, c := range map[string]struct{ path, body, code, target string }{
		"a location that is not here":         {other, `{"location":"mars"}`, "LocationNotAvailableForResourceType", "location"},
		"no location":                         {other, `{}`, "InvalidParameter", "location"},
		"no pools":                            {other, `{"location":"local"}`, "InvalidParameter", "properties.agentPoolProfiles"},
		"no system pool":                      {other, `{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"User"}]}}`, "InvalidParameter", "properties.agentPoolProfiles"},
		"two pools of one name":               {other, pool(`"mode":"User"},{"name":"np2"`), "InvalidParameter", "properties.agentPoolProfiles[2].name"},
		"a name with a dot":                   {rg + "/providers/Microsoft.ContainerService/managedClusters/a.b", created, "InvalidParameter", "resourceName"},
		"an unknown property":                 {other, with(`"colour":"red"`), "InvalidParameter", "properties.colour"},
		"a property that is not implemented":  {other, with(`"linuxProfile":{"adminUsername":"x","ssh":{"publicKeys":[{"keyData":"ssh-rsa x"}]}}`), "InvalidParameter", "properties.linuxProfile"},
		"an add-on":                           {other, with(`"addonProfiles":{"omsagent":{"enabled":true}}`), "InvalidParameter", "properties.addonProfiles.omsagent.enabled"},
		"no access control":                   {other, with(`"enableRBAC":false`), "InvalidParameter", "properties.enableRBAC"},
		"a version there is not":              {other, with(`"kubernetesVersion":"1.20"`), "K8sVersionNotSupported", "properties.kubernetesVersion"},
		"an autoscaler":                       {other, pool(`"enableAutoScaling":true,"minCount":1,"maxCount":3`), "InvalidParameter", "properties.agentPoolProfiles[1].enableAutoScaling"},
		"a size there is not":                 {other, pool(`"vmSize":"Standard_X1"`), "InvalidParameter", "properties.agentPoolProfiles[1].vmSize"},
		"a pool's long name":                  {other, pool(`"Name":"x"`), "InvalidParameter", "properties.agentPoolProfiles[1].Name"},
		"too many nodes":                      {other, pool(`"count":1001`), "InvalidParameter", "properties.agentPoolProfiles[1].count"},
		"a reserved label":                    {other, pool(`"nodeLabels":{"kubernetes.azure.com/x":"y"}`), "InvalidParameter", "properties.agentPoolProfiles[1].nodeLabels"},
		"a taint without effect":              {other, pool(`"nodeTaints":["a=b"]`), "InvalidParameter", "properties.agentPoolProfiles[1].nodeTaints"},
		"a pool newer than its control plane": {other, pool(`"orchestratorVersion":"1.37.2"`), "AgentPoolK8sVersionNotSupported", "properties.agentPoolProfiles[1].orchestratorVersion"},
		"overlapping networks":                {other, with(`"networkProfile":{"podCidr":"10.0.0.0/8"}`), "InvalidParameter", "properties.networkProfile.serviceCidr"},
		"the management cluster's network":    {other, with(`"networkProfile":{"podCidr":"100.96.0.0/14"}`), "InvalidParameter", "properties.networkProfile.podCidr"},
		"a service network that is too large": {other, with(`"networkProfile":{"serviceCidr":"172.0.0.0/8"}`), "InvalidParameter", "properties.networkProfile.serviceCidr"},
		"DNS at the service network's first":  {other, with(`"networkProfile":{"dnsServiceIP":"10.0.0.1"}`), "DnsServiceIpOutOfServiceCidr", "properties.networkProfile.dnsServiceIP"},
		"DNS outside the service network":     {other, with(`"networkProfile":{"dnsServiceIP":"10.9.0.10"}`), "DnsServiceIpOutOfServiceCidr", "properties.networkProfile.dnsServiceIP"},
		"a change of the network":             {mc, `{"properties":{"networkProfile":{"podCidr":"10.50.0.0/16"}}}`, "PropertyChangeNotAllowed", "properties.networkProfile.podCidr"},
		"a change of the DNS prefix":          {mc, `{"properties":{"dnsPrefix":"new"}}`, "PropertyChangeNotAllowed", "properties.dnsPrefix"},
		"a change of the machine size":        {mc, `{"properties":{"agentPoolProfiles":[{"name":"nodepool1","vmSize":"Standard_B2s"}]}}`, "PropertyChangeNotAllowed", "properties.agentPoolProfiles[0].vmSize"},
		"a downgrade":                         {mc, `{"properties":{"kubernetesVersion":"1.35.0"}}`, "K8sVersionNotSupported", "properties.kubernetesVersion"},
		"too many characters in a tag":        {mc, `{"tags":{"a":"` + strings.Repeat("x", 257) + `"}}`, "InvalidTag", "tags"},
	} {
		t.Run(sentence, func(t *testing.T) {
			a := w.want(t, w.do(token, "PUT", c.path+v, c.body), 400, c.code)
			if got, _ := a.at("error.target").(string); !strings.EqualFold(got, c.target) {
				t.Errorf("target is %q: %s", got, a.body)
			}
		})
	}
	w.want(t, w.do(token, "PUT", s1+"/resourceGroups/none/providers/Microsoft.ContainerService/managedClusters/x"+v, created), 404, "ResourceGroupNotFound")
	w.want(t, w.do(token, "PUT", mc+v, `{"location":"mars"}`), 409, "InvalidResourceLocation")
	w.want(t, w.do(token, "PATCH", mc+v, `{"properties":{}}`), 400, "InvalidParameter")
	w.want(t, w.do(token, "PATCH", other+v, `{"tags":{}}`), 404, "ResourceNotFound")
}

func pools(t *testing.T, w *world) {
	token, np2 := w.token(admin), mc+"/agentPools/np2"
	w.want(t, w.do(token, "GET", np2+v, ""), 404, "ResourceNotFound")
	w.want(t, w.do(token, "DELETE", np2+v, ""), 204, "")
	put := w.want(t, w.do(token, "PUT", np2+v, `{"properties":{"count":2,"vmSize":"standard_b2s","mode":"User","osType":"Linux","orchestratorVersion":"",
		"nodeLabels":{"a":"b"},"nodeTaints":["k=v:NoSchedule"],"scaleDownMode":"Delete","upgradeSettings":{},"spotMaxPrice":-1}}`), 201, "")
	w.succeed(t, token, put)
	show := w.want(t, w.do(token, "GET", np2+v, ""), 200, "")
	if show.at("properties.vmSize") != "Standard_B2s" || show.at("properties.orchestratorVersion") != "1.36.3" || show.at("type") != "Microsoft.ContainerService/managedClusters/agentPools" {
		t.Errorf("got %s", show.body)
	}
	if same := w.want(t, w.do(token, "PUT", np2+v, string(show.body)), 200, ""); same.Header.Get("Azure-AsyncOperation") != "" {
		t.Errorf("sending back what was read became an operation")
	}
	w.succeed(t, token, w.want(t, w.do(token, "PUT", np2+v, `{"properties":{"count":0,"nodeLabels":{}}}`), 200, ""))
	if after := w.do(token, "GET", np2+v, ""); after.at("properties.count") != 0.0 || after.at("properties.nodeLabels") != nil || after.at("properties.nodeTaints.0") != "k=v:NoSchedule" {
		t.Errorf("got %s", after.body)
	}
	// The cluster's write takes over what the pool's set, and leaves alone what it does not name.
	w.succeed(t, token, w.want(t, w.do(token, "PUT", mc+v, `{"properties":{"agentPoolProfiles":[{"name":"np2","nodeTaints":[]}]}}`), 200, ""))
	if after := w.do(token, "GET", np2+v, ""); after.at("properties.nodeTaints") != nil || after.at("properties.count") != 0.0 {
		t.Errorf("got %s", after.body)
	}
	w.want(t, w.do(token, "PUT", mc+"/agentPools/NP3"+v, `{"properties":{}}`), 400, "InvalidParameter")
	w.want(t, w.do(token, "PUT", mc+"/agentPools/nodepool1"+v, `{"properties":{"mode":"User"}}`), 400, "InvalidParameter")
	w.want(t, w.do(token, "DELETE", mc+"/agentPools/nodepool1"+v, ""), 400, "BadRequest")
	if list := w.want(t, w.do(token, "GET", mc+"/agentPools"+v, ""), 200, ""); len(list.at("value").([]any)) != 2 {
		t.Errorf("got %s", list.body)
	}
	deleted := w.want(t, w.do(token, "DELETE", np2+v, ""), 202, "")
	w.succeed(t, token, deleted)
	w.want(t, w.do(token, "GET", deleted.Header.Get("Location"), ""), 204, "")
}

func oneAtATime(t *testing.T, w *world) {
	token := w.token(admin)
	w.operator.paused.Store(true)
	put := w.want(t, w.do(token, "PUT", mc+v, `{"tags":{"x":"y"}}`), 200, "")
	if put.at("properties.provisioningState") != "Updating" {
		t.Errorf("got %s", put.body)
	}
	busy := w.want(t, w.do(token, "PUT", mc+v, `{"tags":{}}`), 409, "OperationNotAllowed")
	if m := busy.at("error.message").(string); !strings.Contains(m, "in progress update managed cluster operation (operation ID: ") {
		t.Errorf("got %s", m)
	}
	w.want(t, w.do(token, "PUT", mc+"/agentPools/np3"+v, `{"properties":{}}`), 409, "OperationNotAllowed")
	result := put.Header.Get("Azure-AsyncOperation")
	w.want(t, w.do(token, "GET", strings.Replace(result, "/operations/", "/operationresults/", 1), ""), 202, "")
	w.operator.paused.Store(false)
	w.succeed(t, token, put)
	if a := w.want(t, w.do(token, "GET", strings.Replace(result, "/operations/", "/operationresults/", 1), ""), 200, ""); a.at("name") != "c1" {
		t.Errorf("got %s", a.body)
	}
	w.operator.paused.Store(true)
	added := w.want(t, w.do(token, "PUT", mc+"/agentPools/np3"+v, `{"properties":{}}`), 201, "")
	busy = w.want(t, w.do(token, "PUT", mc+v, `{"tags":{}}`), 409, "OperationNotAllowed")
	if m := busy.at("error.message").(string); !strings.Contains(m, "in progress create agent pool operation") {
		t.Errorf("got %s", m)
	}
	w.operator.paused.Store(false)
	w.succeed(t, token, added)
	w.operator.paused.Store(true)
	scaled := w.want(t, w.do(token, "PUT", mc+"/agentPools/np3"+v, `{"properties":{"count":2}}`), 200, "")
	if scaled.at("properties.provisioningState") != "Scaling" {
		t.Errorf("got %s", scaled.body)
	}
	busy = w.want(t, w.do(token, "PUT", mc+"/agentPools/np3"+v, `{"properties":{"nodeLabels":{"a":"b"}}}`), 409, "OperationNotAllowed")
	if m := busy.at("error.message").(string); !strings.Contains(m, "in progress scale agent pool operation") {
		t.Errorf("got %s", m)
	}
	w.operator.paused.Store(false)
	w.succeed(t, token, scaled)
	w.operator.paused.Store(true)
	back := w.want(t, w.do(token, "PUT", mc+"/agentPools/np3"+v, `{"properties":{"count":1,"nodeLabels":{"a":"b"}}}`), 200, "")
	if back.at("properties.provisioningState") != "Updating" {
		t.Errorf("got %s", back.body)
	}
	w.operator.paused.Store(false)
	w.succeed(t, token, back)

	// A delete preempts.
	gone := rg + "/providers/Microsoft.ContainerService/managedClusters/gone"
	w.operator.paused.Store(true)
	creating := w.want(t, w.do(token, "PUT", gone+v, created), 201, "")
	deleting := w.want(t, w.do(token, "DELETE", gone+v, ""), 202, "")
	w.want(t, w.do(token, "DELETE", gone+v, ""), 202, "")
	if a := w.do(token, "GET", gone+v, ""); a.at("properties.provisioningState") != "Deleting" {
		t.Errorf("got %s", a.body)
	}
	if m := w.want(t, w.do(token, "PUT", gone+v, `{}`), 409, "OperationNotAllowed"); !strings.Contains(string(m.body), "The only allowed operation is deletion") || m.Header.Get("Retry-After") == "" {
		t.Errorf("got %s, to be repeated after %q", m.body, m.Header.Get("Retry-After"))
	}
	if a := w.settle(t, token, creating); a.at("status") != "Canceled" || a.at("error.code") != "AKSOperationPreemptedByDelete" {
		t.Errorf("got %s", a.body)
	}
	w.operator.paused.Store(false)
	w.succeed(t, token, deleting)
	w.want(t, w.do(token, "GET", deleting.Header.Get("Location"), ""), 204, "")
	w.want(t, w.do(token, "GET", s1+"/providers/Microsoft.ContainerService/locations/local/operations/x"+v, ""), 404, "OperationNotFound")

	// An operation that never was is not one that was overtaken.
	address := deleting.Header.Get("Azure-AsyncOperation")
	for name, forged := range map[string]string{
		"of another object": strings.Replace(address, "gone-", "g0ne-", 1), "another generation": strings.Replace(address, ".d.", ".w.", 1),
		"in another subscription": strings.Replace(address, sub1, sub2, 1),
	} {
		if forged == address {
			t.Fatalf("%s: nothing was changed in %s", name, address)
		}
		w.want(t, w.do(token, "GET", forged, ""), 404, "OperationNotFound")
		w.want(t, w.do(token, "GET", strings.Replace(forged, "/operations/", "/operationresults/", 1), ""), 404, "OperationNotFound")
	}
}

func failures(t *testing.T, w *world) {
	token := w.token(admin)
	w.operator.fail.Store(&v1alpha1.OperationError{Code: "OutOfMachines", Message: "there is no capacity"})
	end := w.settle(t, token, w.want(t, w.do(token, "PUT", mc+v, `{"tags":{"f":"1"}}`), 200, ""))
	if end.at("status") != "Failed" || end.at("error.code") != "OutOfMachines" {
		t.Errorf("got %s", end.body)
	}
	w.operator.fail.Store(nil)
	if a := w.do(token, "GET", mc+v, ""); a.at("properties.provisioningState") != "Failed" {
		t.Errorf("got %s", a.body)
	}
	w.succeed(t, token, w.want(t, w.do(token, "PUT", mc+v, `{"tags":{"f":"1"}}`), 200, ""))
}

func etags(t *testing.T, w *world) {
	token, np3 := w.token(admin), mc+"/agentPools/np3"
	tag := func(path string) string { return w.want(t, w.do(token, "GET", path+v, ""), 200, "").Header.Get("ETag") }
	cluster, pool := tag(mc), tag(np3)
	w.want(t, w.do(token, "PUT", mc+v, `{"tags":{}}`, "If-Match", `"stale"`), 412, "PreconditionFailed")
	w.want(t, w.do(token, "PUT", mc+v, `{"tags":{}}`, "If-None-Match", `*`), 412, "PreconditionFailed")
	w.want(t, w.do(token, "PUT", mc+v, `{"tags":{}}`, "If-None-Match", `*`, "If-Match", "*"), 400, "BadRequest")
	w.want(t, w.do(token, "PUT", mc+"x"+v, created, "If-Match", `*`), 412, "PreconditionFailed")
	w.want(t, w.do(token, "DELETE", mc+v, "", "If-Match", `"stale"`), 412, "PreconditionFailed")
	w.want(t, w.do(token, "DELETE", mc+"x"+v, "", "If-Match", `"stale"`), 204, "")
	w.succeed(t, token, w.want(t, w.do(token, "PUT", np3+v, `{"properties":{"count":2}}`, "If-Match", pool), 200, ""))
	if tag(mc) != cluster || tag(np3) == pool {
		t.Errorf("a pool's operation changes the pool's etag only")
	}
	pool = tag(np3)
	w.succeed(t, token, w.want(t, w.do(token, "PUT", mc+v, `{"tags":{"e":"1"}}`, "If-Match", cluster), 200, ""))
	if tag(mc) == cluster || tag(np3) == pool {
		t.Errorf("a cluster's operation changes both etags")
	}
}

func versions(t *testing.T, w *world) {
	token, location := w.token(admin), s1+"/providers/Microsoft.ContainerService/locations/local"
	a := w.want(t, w.do(token, "GET", location+"/orchestrators?api-version=2019-04-01&resource-type=managedClusters", ""), 200, "")
	if a.at("properties.orchestrators.0.orchestratorVersion") != "1.37.2" || a.at("properties.orchestrators.2.upgrades.1.orchestratorVersion") != "1.37.2" {
		t.Errorf("got %s", a.body)
	}
	if a := w.want(t, w.do(token, "GET", location+"/kubernetesVersions"+v, ""), 200, ""); a.at("values.1.isDefault") != true || a.at("values.1.version") != "1.36" {
		t.Errorf("got %s", a.body)
	}
	if a := w.want(t, w.do(token, "GET", mc+"/upgradeProfiles/default"+v, ""), 200, ""); a.at("properties.controlPlaneProfile.upgrades.1.kubernetesVersion") != "1.37.2" {
		t.Errorf("got %s", a.body)
	}
	w.want(t, w.do(token, "GET", mc+"/availableAgentPoolVersions"+v, ""), 200, "")
	w.want(t, w.do(token, "GET", "/providers/Microsoft.ContainerService/operations"+v, ""), 200, "")
	w.succeed(t, token, w.want(t, w.do(token, "PUT", mc+v, `{"properties":{"kubernetesVersion":"1.37.0"}}`), 200, ""))
	after := w.do(token, "GET", mc+v, "")
	if after.at("properties.kubernetesVersion") != "1.37.0" || after.at("properties.agentPoolProfiles.0.orchestratorVersion") != "1.36.3" {
		t.Errorf("got %s", after.body)
	}
	same := w.want(t, w.do(token, "PUT", mc+v, `{"properties":{"kubernetesVersion":"1.37"}}`), 200, "")
	w.succeed(t, token, same)
	if same.at("properties.kubernetesVersion") != "1.37" || same.at("properties.currentKubernetesVersion") != "1.37.0" {
		t.Errorf("an alias upgraded, or is not answered: %s", same.body)
	}
	if a := w.want(t, w.do(token, "GET", mc+"/agentPools/np3/upgradeProfiles/default"+v, ""), 200, ""); a.at("properties.upgrades.0.kubernetesVersion") != "1.37.0" {
		t.Errorf("got %s", a.body)
	}
	w.succeed(t, token, w.want(t, w.do(token, "PUT", mc+"/agentPools/np3"+v, `{"properties":{"orchestratorVersion":""}}`), 200, ""))
	if a := w.do(token, "GET", mc+"/agentPools/np3"+v, ""); a.at("properties.orchestratorVersion") != "1.37.0" {
		t.Errorf(`"" does not mean the control plane's version: %s`, a.body)
	}
}
