package arm_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"lotse.dev/api/v1alpha1"
)

// aborts: an operation is ended where it is, and the same request goes on with it.
func aborts(t *testing.T, w *world) {
	p := w.poolsOf(t, "aborted", systemPool("sys"))
	pool := func(name string) string { return p.cluster + "/agentPools/" + name + "/abort" + v }
	post := func(path string) answer { return p.do(p.token, "POST", path, "") }
	cluster := p.cluster + "/abort" + v

	says(t, p.want(t, post(cluster), 409, "OperationNotAllowed"), "There is no operation in progress on the managed cluster 'aborted'")
	says(t, p.want(t, post(pool("sys")), 409, "OperationNotAllowed"), "There is no operation in progress on the agent pool 'sys'")
	p.want(t, post(pool("none")), 404, "ResourceNotFound")
	p.want(t, p.do(p.world.token(reader), "POST", pool("sys"), ""), 403, "AuthorizationFailed")

	body := `{"properties":{"count":3}}`
	w.operator.paused.Store(true)
	put := p.want(t, p.do(p.token, "PUT", p.pool("np1"), body), 201, "")
	abort := p.want(t, post(pool("np1")), 202, "")
	if len(abort.body) > 0 || abort.Header.Get("Location") == "" || abort.Header.Get("Retry-After") == "" {
		t.Errorf("the answer is %v %s", abort.Header, abort.body)
	}
	if again := p.want(t, post(pool("np1")), 202, ""); again.Header.Get("Azure-AsyncOperation") != abort.Header.Get("Azure-AsyncOperation") {
		t.Error("a second abort is another operation")
	}
	if state := p.states(t)["np1"]; state != "User Canceling" {
		t.Errorf("the pool is %s", state)
	}
	says(t, p.want(t, p.do(p.token, "PUT", p.pool("np1"), body), 409, "OperationNotAllowed"), "in progress cancel agent pool operation")
	p.want(t, p.do(p.token, "GET", abort.Header.Get("Location"), ""), 202, "")
	w.operator.paused.Store(false)
	w.succeed(t, p.token, abort)
	p.want(t, p.do(p.token, "GET", abort.Header.Get("Location"), ""), 204, "")
	if end := w.settle(t, p.token, put); end.at("status") != "Canceled" || end.at("error.code") != v1alpha1.OperationAborted {
		t.Errorf("what was aborted is %s", end.body)
	}
	shown := p.want(t, p.do(p.token, "GET", p.pool("np1"), ""), 200, "")
	if shown.at("properties.provisioningState") != "Canceled" || shown.at("properties.count") != 3.0 {
		t.Errorf("the pool is %s", shown.body)
	}
	says(t, p.want(t, post(pool("np1")), 409, "OperationNotAllowed"), "The last operation has already completed")
	w.succeed(t, p.token, p.want(t, p.do(p.token, "PUT", p.pool("np1"), body), 200, ""))

	abortedCluster(t, p, post)
	unabortable(t, p, post)
	abortBySDK(t, p)
	w.succeed(t, p.token, p.want(t, p.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

// abortedCluster: a cluster's operation is aborted with those of its pools, and by itself alone.
func abortedCluster(t *testing.T, p poolsWorld, post func(string) answer) {
	body := `{"location":"local","properties":{"agentPoolProfiles":[` + systemPool("sys") + `,{"name":"np1","mode":"User","count":4}]}}`
	p.operator.paused.Store(true)
	put := p.want(t, p.do(p.token, "PUT", p.cluster+v, body), 200, "")
	says(t, p.want(t, post(p.cluster+"/agentPools/np1/abort"+v), 409, "OperationNotAllowed"), "in progress update operation of the managed cluster 'aborted'")
	abort := p.want(t, post(p.cluster+"/abort"+v), 202, "")
	if state := p.do(p.token, "GET", p.cluster+v, "").at("properties.provisioningState"); state != "Canceling" {
		t.Errorf("the cluster is %v", state)
	}
	p.operator.paused.Store(false)
	p.succeed(t, p.token, abort)
	if end := p.settle(t, p.token, put); end.at("status") != "Canceled" {
		t.Errorf("what was aborted is %s", end.body)
	}
	p.idle(t)
	p.succeed(t, p.token, p.want(t, p.do(p.token, "PUT", p.cluster+v, body), 200, ""))
}

// unabortable operations go on; a delete preempts an abort.
func unabortable(t *testing.T, p poolsWorld, post func(string) answer) {
	p.operator.paused.Store(true)
	stop := p.want(t, post(p.cluster+"/stop"+v), 202, "")
	says(t, p.want(t, post(p.cluster+"/abort"+v), 409, "OperationNotAllowed"), "in progress stop operation of the managed cluster 'aborted' cannot be aborted")
	p.operator.paused.Store(false)
	p.succeed(t, p.token, stop)
	p.succeed(t, p.token, p.want(t, post(p.cluster+"/start"+v), 202, ""))

	p.operator.paused.Store(true)
	p.want(t, p.do(p.token, "PUT", p.pool("np1"), `{"properties":{"count":1}}`), 200, "")
	abort := p.want(t, post(p.cluster+"/agentPools/np1/abort"+v), 202, "")
	remove := p.want(t, p.do(p.token, "DELETE", p.pool("np1"), ""), 202, "")
	p.operator.paused.Store(false)
	p.succeed(t, p.token, abort)
	p.succeed(t, p.token, remove)
}

// abortBySDK ends operations with Azure's own client.
func abortBySDK(t *testing.T, p poolsWorld) {
	poll := &runtime.PollUntilDoneOptions{Frequency: time.Second}
	p.operator.paused.Store(true)
	p.want(t, p.do(p.token, "PUT", p.pool("np2"), `{"properties":{"count":1}}`), 201, "")
	pool, err := clientFactory(t, p.world).NewAgentPoolsClient().BeginAbortLatestOperation(t.Context(), "rg1", "aborted", "np2", nil)
	must(t, err)
	p.operator.paused.Store(false)
	_, err = pool.PollUntilDone(t.Context(), poll)
	must(t, err)
	p.operator.paused.Store(true)
	p.want(t, p.do(p.token, "PATCH", p.cluster+v, `{"tags":{"a":"b"}}`), 200, "")
	cluster, err := clientFactory(t, p.world).NewManagedClustersClient().BeginAbortLatestOperation(t.Context(), "rg1", "aborted", nil)
	must(t, err)
	p.operator.paused.Store(false)
	_, err = cluster.PollUntilDone(t.Context(), poll)
	must(t, err)
	got, err := clientFactory(t, p.world).NewManagedClustersClient().Get(t.Context(), "rg1", "aborted", nil)
	must(t, err)
	if *got.Properties.ProvisioningState != "Canceled" {
		t.Errorf("the cluster is %s", *got.Properties.ProvisioningState)
	}
}
