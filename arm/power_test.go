package arm_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"

	"lotse.dev/api/v1alpha1"
)

// powerStates: a cluster is stopped and started; while it does not run, it can only be started or deleted.
func powerStates(t *testing.T, w *world) {
	p := w.poolsOf(t, "power", systemPool("sys"), `{"name":"user","mode":"User","count":1}`)
	post := func(verb string) answer { return p.do(p.token, "POST", p.cluster+"/"+verb+v, "") }
	power := func() any {
		return p.want(t, p.do(p.token, "GET", p.cluster+v, ""), 200, "").at("properties.powerState.code")
	}

	says(t, p.want(t, post("start"), 409, "OperationNotAllowed"),
		"managed cluster is in Provisioning State(Succeeded) and Power State(Running), starting cannot be performed")

	w.operator.paused.Store(true)
	stop := p.want(t, post("stop"), 202, "")
	if len(stop.body) > 0 || stop.Header.Get("Location") == "" || stop.Header.Get("Azure-AsyncOperation") == "" {
		t.Errorf("the answer is %v %s", stop.Header, stop.body)
	}
	if state := p.do(p.token, "GET", p.cluster+v, "").at("properties.provisioningState"); state != "Stopping" || power() != "Running" {
		t.Errorf("the cluster is %v and %v", state, power())
	}
	says(t, p.want(t, post("start"), 409, "OperationNotAllowed"), "in progress stop managed cluster operation")
	w.operator.paused.Store(false)
	w.succeed(t, p.token, stop)
	shown := p.want(t, p.do(p.token, "GET", p.cluster+v, ""), 200, "")
	if shown.at("properties.powerState.code") != "Stopped" || shown.at("properties.agentPoolProfiles.0.powerState.code") != "Stopped" ||
		shown.at("properties.provisioningState") != "Succeeded" {
		t.Errorf("got %s", shown.body)
	}

	says(t, p.want(t, post("stop"), 409, "OperationNotAllowed"), "Power State(Stopped), stopping cannot be performed")
	for _, write := range []struct{ method, path, body string }{
		{"PUT", p.cluster + v, `{"tags":{"a":"b"}}`}, {"PATCH", p.cluster + v, `{"tags":{"a":"b"}}`},
		{"PUT", p.pool("user"), `{"properties":{"count":2}}`}, {"PUT", p.pool("new"), `{"properties":{}}`}, {"DELETE", p.pool("user"), ""},
	} {
		says(t, p.want(t, p.do(p.token, write.method, write.path, write.body), 409, "OperationNotAllowed"), "Power State(Stopped). A cluster that does "+
			"not run can only be started")
	}
	p.want(t, p.do(p.token, "POST", p.cluster+"/listClusterUserCredential"+v, ""), 200, "")

	w.succeed(t, p.token, p.want(t, post("start"), 202, ""))
	if power() != "Running" || p.states(t)["user"] != "User Succeeded" {
		t.Errorf("the cluster is %v, its pools %v", power(), p.states(t))
	}
	w.succeed(t, p.token, p.want(t, p.do(p.token, "PATCH", p.cluster+v, `{"tags":{"a":"b"}}`), 200, ""))
	failedPower(t, p, post)
	poolPower(t, p)
	powerBySDK(t, p)

	w.succeed(t, p.token, p.want(t, post("stop"), 202, ""))
	w.succeed(t, p.token, p.want(t, p.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

// failedPower: a stop that was refused is forgotten by the next write; one that failed halfway is repeated, or followed by a start.
func failedPower(t *testing.T, p poolsWorld, post func(string) answer) {
	for _, c := range []struct{ code, next string }{
		{v1alpha1.StopRefused, "PATCH"}, {v1alpha1.StopRefused, "rotateClusterCertificates"}, {"ManagedClusterNotStopped", ""},
	} {
		code := c.code
		p.operator.fail.Store(&v1alpha1.OperationError{Code: code, Message: "It failed."})
		operation := p.want(t, post("stop"), 202, "").Header.Get("Azure-AsyncOperation")
		p.until(t, "the stop to fail", func() bool { return p.do(p.token, "GET", operation, "").at("status") == "Failed" })
		p.operator.fail.Store(nil)
		switch c.next {
		case "PATCH":
			p.succeed(t, p.token, p.want(t, p.do(p.token, "PATCH", p.cluster+v, `{"tags":{"a":"c"}}`), 200, ""))
		case "rotateClusterCertificates":
			p.succeed(t, p.token, p.want(t, post(c.next), 202, ""))
		default:
			p.want(t, p.do(p.token, "PATCH", p.cluster+v, `{"tags":{}}`), 409, "OperationNotAllowed")
			p.succeed(t, p.token, p.want(t, post("stop"), 202, ""))
			p.succeed(t, p.token, p.want(t, post("start"), 202, ""))
		}
		if shown := p.do(p.token, "GET", p.cluster+v, ""); shown.at("properties.powerState.code") != "Running" {
			t.Errorf("after %s the cluster is %s", code, shown.body)
		}
	}
}

// poolPower: User pools stop and start by themselves.
func poolPower(t *testing.T, p poolsWorld) {
	stopped := `{"properties":{"powerState":{"code":"Stopped"}}}`
	refused := p.want(t, p.do(p.token, "PUT", p.pool("sys"), stopped), 400, "InvalidParameter")
	if refused.at("error.target") != "properties.powerState.code" {
		t.Errorf("got %s", refused.body)
	}
	p.want(t, p.do(p.token, "PUT", p.pool("user"), `{"properties":{"powerState":{"code":"Asleep"}}}`), 400, "InvalidParameter")
	p.operator.paused.Store(true)
	put := p.want(t, p.do(p.token, "PUT", p.pool("user"), stopped), 200, "")
	if put.at("properties.provisioningState") != "Stopping" || put.at("properties.powerState.code") != "Stopped" {
		t.Errorf("got %s", put.body)
	}
	p.operator.paused.Store(false)
	p.succeed(t, p.token, put)
	show := p.want(t, p.do(p.token, "GET", p.pool("user"), ""), 200, "")
	if same := p.want(t, p.do(p.token, "PUT", p.pool("user"), string(show.body)), 200, ""); same.Header.Get("Azure-AsyncOperation") != "" {
		t.Error("sending back what was read became an operation")
	}
	p.operator.paused.Store(true)
	put = p.want(t, p.do(p.token, "PUT", p.pool("user"), `{"properties":{"powerState":{"code":"Running"}}}`), 200, "")
	if put.at("properties.provisioningState") != "Starting" || put.at("properties.powerState.code") != "Running" {
		t.Errorf("got %s", put.body)
	}
	p.operator.paused.Store(false)
	p.succeed(t, p.token, put)
}

// powerBySDK stops and starts with Azure's own client.
func powerBySDK(t *testing.T, p poolsWorld) {
	clusters := clientFactory(t, p.world).NewManagedClustersClient()
	poll := &runtime.PollUntilDoneOptions{Frequency: time.Second}
	for _, want := range []armcontainerservice.Code{armcontainerservice.CodeStopped, armcontainerservice.CodeRunning} {
		must(t, switched(t.Context(), clusters, poll, want))
		got, err := clusters.Get(t.Context(), "rg1", "power", nil)
		must(t, err)
		if *got.Properties.PowerState.Code != want {
			t.Errorf("the cluster is %s, want %s", *got.Properties.PowerState.Code, want)
		}
	}
	pools := clientFactory(t, p.world).NewAgentPoolsClient()
	pool, err := pools.Get(t.Context(), "rg1", "power", "user", nil)
	must(t, err)
	pool.Properties.PowerState.Code = to.Ptr(armcontainerservice.CodeStopped)
	stop, err := pools.BeginCreateOrUpdate(t.Context(), "rg1", "power", "user", pool.AgentPool, nil)
	must(t, err)
	stopped, err := stop.PollUntilDone(t.Context(), poll)
	must(t, err)
	if *stopped.Properties.PowerState.Code != armcontainerservice.CodeStopped {
		t.Errorf("the pool is %s", *stopped.Properties.PowerState.Code)
	}
}

func switched(ctx context.Context, clusters *armcontainerservice.ManagedClustersClient, poll *runtime.PollUntilDoneOptions, to armcontainerservice.Code) error {
	if to == armcontainerservice.CodeStopped {
		stop, err := clusters.BeginStop(ctx, "rg1", "power", nil)
		if err == nil {
			_, err = stop.PollUntilDone(ctx, poll)
		}
		return err
	}
	start, err := clusters.BeginStart(ctx, "rg1", "power", nil)
	if err == nil {
		_, err = start.PollUntilDone(ctx, poll)
	}
	return err
}

// stoppedCapacity: what is stopped leaves its capacity to others, and gets it back only if there is some.
func stoppedCapacity(t *testing.T, w *world) {
	p := w.poolsOf(t, "sleeper", systemPool("sys"))
	w.succeed(t, p.token, p.want(t, p.do(p.token, "POST", p.cluster+"/stop"+v, ""), 202, ""))
	removeHost := w.host(t, 1)
	says(t, p.want(t, p.do(p.token, "POST", p.cluster+"/start"+v, ""), 409, "AllocationFailed"), "no capacity")
	removeHost()
	w.succeed(t, p.token, p.want(t, p.do(p.token, "POST", p.cluster+"/start"+v, ""), 202, ""))
	w.succeed(t, p.token, p.want(t, p.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

func says(t *testing.T, a answer, what string) {
	t.Helper()
	if m, _ := a.at("error.message").(string); !strings.Contains(m, what) {
		t.Errorf("the message is %q, want %q", m, what)
	}
}

// createdStopped: a cluster can be created stopped. Nothing is kept free for it, it has its pools in name only, and its start makes it what was asked for.
func createdStopped(t *testing.T, w *world) {
	p := poolsWorld{w, w.token(admin), rg + clustersOf + "asleep"}
	body := func(code string) string {
		return `{"location":"local","properties":{"powerState":{"code":"` + code + `"},"agentPoolProfiles":[` + systemPool("sys") + `]}}`
	}
	refused := p.want(t, p.do(p.token, "PUT", p.cluster+v, body("Asleep")), 400, "InvalidParameter")
	if refused.at("error.target") != "properties.powerState.code" {
		t.Errorf("got %s", refused.body)
	}
	removeHost := w.host(t, 1)
	p.want(t, p.do(p.token, "PUT", p.cluster+v, body("Running")), 409, "AllocationFailed")
	made := p.want(t, p.do(p.token, "PUT", p.cluster+v, body("Stopped")), 201, "")
	if made.at("properties.provisioningState") != "Creating" || made.at("properties.powerState.code") != "Stopped" {
		t.Errorf("got %s", made.body)
	}
	w.succeed(t, p.token, made)
	shown := p.want(t, p.do(p.token, "GET", p.cluster+v, ""), 200, "")
	if shown.at("properties.powerState.code") != "Stopped" || shown.at("properties.agentPoolProfiles.0.powerState.code") != "Stopped" ||
		p.states(t)["sys"] != "System Succeeded" {
		t.Errorf("got %s", shown.body)
	}
	says(t, p.want(t, p.do(p.token, "PUT", p.cluster+v, body("Stopped")), 409, "OperationNotAllowed"), "start it first")
	says(t, p.want(t, p.do(p.token, "PUT", p.pool("new"), `{"properties":{}}`), 409, "OperationNotAllowed"), "start it first")
	says(t, p.want(t, p.do(p.token, "POST", p.cluster+"/stop"+v, ""), 409, "OperationNotAllowed"), "The cluster is stopped already")
	says(t, p.want(t, p.do(p.token, "POST", p.cluster+"/listClusterUserCredential"+v, ""), 409, "OperationNotAllowed"), "created stopped")
	says(t, p.want(t, p.do(p.token, "POST", p.cluster+"/start"+v, ""), 409, "AllocationFailed"), "no capacity")
	removeHost()
	w.succeed(t, p.token, p.want(t, p.do(p.token, "POST", p.cluster+"/start"+v, ""), 202, ""))
	shown = p.want(t, p.do(p.token, "GET", p.cluster+v, ""), 200, "")
	if shown.at("properties.powerState.code") != "Running" || shown.at("properties.agentPoolProfiles.0.powerState.code") != "Running" {
		t.Errorf("got %s", shown.body)
	}
	p.want(t, p.do(p.token, "POST", p.cluster+"/listClusterUserCredential"+v, ""), 200, "")
	// What a client sends back of a state that has passed changes nothing.
	p.want(t, p.do(p.token, "PUT", p.cluster+v, body("Stopped")), 200, "")
	if shown := p.do(p.token, "GET", p.cluster+v, ""); shown.at("properties.powerState.code") != "Running" {
		t.Errorf("got %s", shown.body)
	}
	w.succeed(t, p.token, p.want(t, p.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}
