package arm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// machinesOfPools are listed, and deleted by name.
func machinesOfPools(t *testing.T, w *world) {
	p := w.poolsOf(t, "machines", systemPool("sys"), `{"name":"work","mode":"User","count":3,"scaleDownMode":"Deallocate"}`)
	sys, work := p.machines(t, "sys", 1), p.machines(t, "work", 4)
	p.deallocate(t, work[3])
	path := p.cluster + "/agentPools/work/machines"

	list := p.want(t, p.do(p.token, "GET", path+v, ""), 200, "")
	if n := len(list.at("value").([]any)); n != 4 || list.at("value.0.name") != work[0] || list.at("value.0.properties.network.ipAddresses.0.ip") != "100.96.0.7" {
		t.Errorf("got %s", list.body)
	}
	one := p.want(t, p.do(p.token, "GET", path+"/"+strings.ToUpper(work[1])+v, ""), 200, "")
	resource, _ := one.at("properties.resourceId").(string)
	if id, _ := one.at("id").(string); one.at("type") != "Microsoft.ContainerService/managedClusters/agentPools/machines" || !strings.HasSuffix(id, "/agentPools/work/machines/"+work[1]) ||
		!strings.HasSuffix(resource, "/virtualMachineScaleSets/"+work[1][:len(work[1])-6]+"/virtualMachines/1") {
		t.Errorf("got %s", one.body)
	}
	p.want(t, p.do(p.token, "GET", path+"/"+sys[0]+v, ""), 404, "ResourceNotFound")
	p.want(t, p.do(p.token, "GET", p.cluster+"/agentPools/none/machines"+v, ""), 404, "ResourceNotFound")
	p.want(t, p.do(w.token(reader), "GET", path+v, ""), 200, "")
	p.want(t, p.do(w.token(groupOwner), "GET", path+v, ""), 403, "AuthorizationFailed")

	w.refuse(t, p.token, refusedDeletions(p, sys[0], work[0]))
	w.operator.paused.Store(false)
	p.want(t, p.do(w.token(reader), "POST", p.deleteMachines("work"), `{"machineNames":["`+work[0]+`"]}`), 403, "AuthorizationFailed")
	deletions(t, p, work)
	machinesBySDK(t, p, work)
	scaleDownModes(t, p)
	w.succeed(t, p.token, p.want(t, p.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

func (p poolsWorld) deleteMachines(pool string) string {
	return p.cluster + "/agentPools/" + pool + "/deleteMachines" + v
}

func refusedDeletions(p poolsWorld, sys, work string) map[string]bad {
	post := func(pool, body string, status int, code, says string) bad {
		return bad{method: "POST", path: p.deleteMachines(pool), body: body, status: status, code: code, says: says}
	}
	return map[string]bad{
		"no machine is named":               post("work", `{}`, 400, "InvalidParameter", "machineNames is missing or empty"),
		"an empty list of machines":         post("work", `{"machineNames":[]}`, 400, "InvalidParameter", "machineNames is missing or empty"),
		"a name that is no list":            post("work", `{"machineNames":"`+work+`"}`, 400, "InvalidParameter", "machineNames is invalid: it must be an array of strings"),
		"numbers in place of names":         post("work", `{"machineNames":[1]}`, 400, "InvalidParameter", "machineNames is invalid: it must be an array of strings"),
		"a property that there is not":      post("work", `{"machineNames":["`+work+`"],"force":true}`, 400, "InvalidParameter", "force"),
		"no body":                           post("work", ``, 400, "InvalidRequestContent", "Send a JSON object"),
		"a machine that there is not":       post("work", `{"machineNames":["`+work+`","aks-x"]}`, 400, "InvalidParameter", "has no machine named 'aks-x'"),
		"another pool's machine":            post("work", `{"machineNames":["`+sys+`"]}`, 400, "InvalidParameter", "has no machine named '"+sys+"'"),
		"the last node of a System pool":    post("sys", `{"machineNames":["`+sys+`"]}`, 400, "InvalidParameter", "a System pool has at least one node"),
		"a machine of a pool there is not":  post("none", `{"machineNames":["`+work+`"]}`, 404, "ResourceNotFound", "agentPools/none"),
		"a scale-down mode there is not":    {method: "PUT", path: p.pool("work"), body: `{"properties":{"scaleDownMode":"Sleep"}}`, status: 400, code: "InvalidParameter", says: "properties.scaleDownMode"},
		"a machine that is to be read only": {method: "PUT", path: p.cluster + "/agentPools/work/machines/" + work + v, body: `{}`, status: 405, code: "HttpMethodNotSupported", says: ""},
	}
}

// deletions by name are operations that scale the pool; what is deallocated does not count.
func deletions(t *testing.T, p poolsWorld, work []string) {
	p.operator.paused.Store(true)
	begun := p.want(t, p.do(p.token, "POST", p.deleteMachines("work"), fmt.Sprintf(`{"machineNames":[%q,%q]}`, work[1], work[3])), 202, "")
	if len(begun.body) > 0 || begun.Header.Get("Location") == "" || begun.Header.Get("Azure-AsyncOperation") == "" {
		t.Errorf("the answer is %v %s", begun.Header, begun.body)
	}
	shown := p.want(t, p.do(p.token, "GET", p.pool("work"), ""), 200, "")
	if shown.at("properties.count") != 2.0 || shown.at("properties.provisioningState") != "Scaling" {
		t.Errorf("got %s", shown.body)
	}
	if spec := p.spec(t, "work"); !slices.Equal(spec.RemoveMachines, []string{work[1], work[3]}) {
		t.Errorf("machines %v are removed", spec.RemoveMachines)
	}
	says(t, p.want(t, p.do(p.token, "POST", p.deleteMachines("work"), fmt.Sprintf(`{"machineNames":[%q]}`, work[0])), 409, "OperationNotAllowed"), "in progress scale agent pool operation")
	p.operator.paused.Store(false)
	p.succeed(t, p.token, begun)
	p.succeed(t, p.token, p.want(t, p.do(p.token, "POST", p.deleteMachines("work"), fmt.Sprintf(`{"machineNames":[%q]}`, work[1])), 202, ""))
	if spec := p.spec(t, "work"); spec.Count != 2 {
		t.Errorf("a repetition counted again: %d", spec.Count)
	}
	p.remove(t, work[1], work[3])
}

// machinesBySDK lists and deletes with Azure's own client.
func machinesBySDK(t *testing.T, p poolsWorld, work []string) {
	factory := clientFactory(t, p.world)
	var names []string
	for pager := factory.NewMachinesClient().NewListPager("rg1", "machines", "work", nil); pager.More(); {
		page, err := pager.NextPage(t.Context())
		must(t, err)
		for _, m := range page.Value {
			names = append(names, *m.Name)
		}
	}
	if !slices.Equal(names, []string{work[0], work[2]}) {
		t.Errorf("the machines are %v", names)
	}
	one, err := factory.NewMachinesClient().Get(t.Context(), "rg1", "machines", "work", work[0], nil)
	must(t, err)
	if *one.Properties.Network.IPAddresses[0].IP != "100.96.0.7" || *one.Properties.Network.IPAddresses[0].Family != armcontainerservice.IPFamilyIPv4 {
		t.Errorf("got %+v", one.Properties.Network)
	}
	begun, err := factory.NewAgentPoolsClient().BeginDeleteMachines(t.Context(), "rg1", "machines", "work",
		armcontainerservice.AgentPoolDeleteMachinesParameter{MachineNames: []*string{to.Ptr(work[0])}}, nil)
	must(t, err)
	_, err = begun.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Second})
	must(t, err)
	if spec := p.spec(t, "work"); spec.Count != 1 || !slices.Equal(spec.RemoveMachines, []string{work[0]}) {
		t.Errorf("count %d, removes %v", spec.Count, spec.RemoveMachines)
	}
}

// scaleDownModes are kept, shown and changed; another count forgets which machines were to go.
func scaleDownModes(t *testing.T, p poolsWorld) {
	if mode := p.do(p.token, "GET", p.pool("work"), "").at("properties.scaleDownMode"); mode != "Deallocate" {
		t.Errorf("the mode is %v", mode)
	}
	if mode := p.do(p.token, "GET", p.pool("sys"), "").at("properties.scaleDownMode"); mode != "Delete" {
		t.Errorf("the default is %v", mode)
	}
	p.succeed(t, p.token, p.want(t, p.do(p.token, "PUT", p.pool("work"), `{"properties":{"scaleDownMode":"delete"}}`), 200, ""))
	if spec := p.spec(t, "work"); spec.ScaleDownMode != "" || len(spec.RemoveMachines) == 0 {
		t.Errorf("the pool is %+v", spec)
	}
	p.succeed(t, p.token, p.want(t, p.do(p.token, "PUT", p.pool("work"), `{"properties":{"count":5}}`), 200, ""))
	if spec := p.spec(t, "work"); len(spec.RemoveMachines) > 0 {
		t.Errorf("the pool is %+v", spec)
	}
}

// machines of a pool, which no controller makes here, and their names.
func (p poolsWorld) machines(t *testing.T, pool string, n int) []string {
	t.Helper()
	set := v1alpha1.ScaleSetName(pool, v1alpha1.ObjectName(p.cluster))
	var names []string
	for i := range n {
		m := &v1alpha1.Machine{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.NodeName(set, int64(i)),
				Labels: map[string]string{v1alpha1.LabelPool: v1alpha1.ObjectName(p.cluster + "/agentPools/" + pool)},
			},
			Spec: v1alpha1.MachineSpec{
				ScaleSet: "set", Cluster: v1alpha1.ObjectName(p.cluster), Instance: int64(i), Hostname: v1alpha1.NodeName(set, int64(i)), Provider: "pod",
				Model: v1alpha1.MachineModel{VMSize: "Standard_B2s", Release: "v1", Image: "node", OSDiskSizeGB: 32, MaxPods: 110},
			},
		}
		must(t, p.client.Create(t.Context(), m))
		m.Status.Address = "100.96.0.7"
		must(t, p.client.Status().Update(t.Context(), m))
		names = append(names, m.Name)
	}
	return names
}

func (p poolsWorld) machine(name string) *v1alpha1.Machine {
	return &v1alpha1.Machine{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: name}}
}

func (p poolsWorld) deallocate(t *testing.T, name string) {
	t.Helper()
	m := p.machine(name)
	must(t, p.client.Get(t.Context(), client.ObjectKeyFromObject(m), m))
	m.Spec.PowerState = v1alpha1.Stopped
	must(t, p.client.Update(t.Context(), m))
}

func (p poolsWorld) remove(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		must(t, p.client.Delete(t.Context(), p.machine(name)))
	}
}

// spec of a pool as it is stored.
func (p poolsWorld) spec(t *testing.T, pool string) v1alpha1.AgentPoolSpec {
	t.Helper()
	o := &v1alpha1.AgentPool{}
	key := client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(p.cluster + "/agentPools/" + pool)}
	must(t, p.client.Get(t.Context(), key, o))
	return o.Spec.AgentPoolSpec
}
