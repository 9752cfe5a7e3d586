package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/registry"
)

// collections answer with lists.
var collections = []string{
	"resourcegroups", "managedclusters", "agentpools", "principals", "secrets", "roleassignments", "roledefinitions", "records", "subscriptions", "machines",
	"maintenanceconfigurations",
}

const fakeToken = "the-token"

// fakeFrontDoor keeps documents by their lower-case path. Operations end at the second poll.
type fakeFrontDoor struct {
	mu        sync.Mutex
	documents map[string]map[string]any
	polls     map[string]int
	images    http.Handler
}

func newFakeFrontDoor() *fakeFrontDoor {
	return &fakeFrontDoor{
		documents: map[string]map[string]any{}, polls: map[string]int{},
		images: registry.New(registry.Logger(log.New(io.Discard, "", 0))),
	}
}

// ServeHTTP implements http.Handler.
func (f *fakeFrontDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.URL.Path == "/metadata/endpoints":
		answer(w, 200, map[string]any{})
	case r.URL.Path == "/adfs/oauth2/token":
		f.token(w, r)
	case r.Header.Get("Authorization") != "Bearer "+fakeToken:
		refuse(w, 401, "InvalidAuthenticationToken", "the token is not valid")
	case strings.HasSuffix(r.URL.Path, "/_lotse/manifests/list"):
		answer(w, 200, map[string]any{"manifests": []any{map[string]any{"digest": "sha256:1", "tags": []string{"1", "2"}, "bytes": 1234, "pushed": "2026-11-26T09:00:00Z"}}})
	case strings.HasPrefix(r.URL.Path, "/v2/"):
		f.images.ServeHTTP(w, r)
	case strings.HasPrefix(r.URL.Path, "/providers/Lotse.Operations/status"):
		_, _ = io.WriteString(w, fakeStatus)
	case strings.HasSuffix(r.URL.Path, "/locations/local/kubernetesVersions"):
		_, _ = io.WriteString(w, fakeVersions)
	case strings.HasSuffix(r.URL.Path, "/runCommand"), strings.Contains(r.URL.Path, "/commandResults/"):
		f.command(w, r)
	case strings.HasSuffix(r.URL.Path, "/checkUpgrade"):
		f.checkUpgrade(w, r)
	case strings.HasSuffix(r.URL.Path, "/logs"):
		fmt.Fprintf(w, "the log of %s?%s\n", r.URL.Path, r.URL.RawQuery)
	case strings.HasPrefix(r.URL.Path, "/op/"):
		f.operation(w, r)
	default:
		f.resource(w, r)
	}
}

func (f *fakeFrontDoor) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("client_secret") != "right" {
		answer(w, 401, map[string]any{"error": "invalid_client", "error_description": "the secret is wrong"})
		return
	}
	answer(w, 200, map[string]any{"access_token": fakeToken, "expires_in": 3600, "token_type": "Bearer"})
}

func (f *fakeFrontDoor) operation(w http.ResponseWriter, r *http.Request) {
	f.polls[r.URL.Path]++
	w.Header().Set("Retry-After", "1")
	switch {
	case strings.Contains(r.URL.Path, "endless"), f.polls[r.URL.Path] == 1:
		answer(w, 200, map[string]any{"status": "InProgress", "percentComplete": 40, "properties": map[string]any{"waiting": "etcd to become ready"}})
	case strings.Contains(r.URL.Path, "broken"):
		answer(w, 200, map[string]any{"status": "Failed", "error": map[string]any{"code": "NoCapacity", "message": "no machine has capacity for 1 node"}})
	default:
		answer(w, 200, map[string]any{"status": "Succeeded", "percentComplete": 100})
	}
}

func (f *fakeFrontDoor) resource(w http.ResponseWriter, r *http.Request) {
	path := strings.ToLower(strings.TrimSuffix(r.URL.Path, "/"))
	document, found := f.documents[path]
	switch {
	case strings.HasSuffix(path, "/addsecret"):
		answer(w, 200, map[string]any{"keyId": "key-1", "secretText": "new-secret", "startDateTime": "2026-11-23T09:00:00Z"})
	case strings.HasSuffix(path, "credential"):
		answer(w, 200, map[string]any{"kubeconfigs": []any{map[string]any{"name": "clusterUser", "value": []byte(fakeKubeconfig(path))}}})
	case slices.Contains([]string{"rotateclustercertificates", "rotateserviceaccountsigningkeys", "upgradenodeimageversion"}, last(path)) && r.Method == http.MethodPost:
		accept(w, r, path)
		w.WriteHeader(http.StatusAccepted)
	case r.Method == http.MethodPost && slices.Contains([]string{"abort", "deletemachines"}, last(path)):
		f.act(w, r, path)
	case r.Method == http.MethodGet && slices.Contains(collections, last(path)):
		answer(w, 200, map[string]any{"value": f.under(path)})
	case r.Method == http.MethodPut:
		f.put(w, r, path, document, found)
	case r.Method == http.MethodPost && slices.Contains([]string{"stop", "start"}, last(path)):
		f.power(w, r, path)
	case !found && r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case !found:
		refuse(w, 404, "ResourceNotFound", "The Resource '"+last(path)+"' was not found.")
	case r.Method == http.MethodGet:
		answer(w, 200, document)
	case r.Method == http.MethodDelete:
		if last(path) == "guarded" && r.URL.Query().Get("ignore-pod-disruption-budget") != "true" {
			refuse(w, 409, "PodDrainFailure", "PodDisruptionBudget default/web allows no disruption")
			return
		}
		delete(f.documents, path)
		accept(w, r, path)
		w.WriteHeader(http.StatusAccepted)
	}
}

// act deletes machines of a pool, or aborts the operation of a cluster or a pool: only that of one whose name says that it has one.
func (f *fakeFrontDoor) act(w http.ResponseWriter, r *http.Request, path string) {
	subject := strings.TrimSuffix(path, "/"+last(path))
	if last(path) == "abort" && !strings.HasSuffix(subject, "growing") {
		refuse(w, 409, "OperationNotAllowed", "There is no operation in progress on the agent pool '"+last(subject)+"' that could be aborted")
		return
	}
	var body struct{ MachineNames []string }
	_ = json.NewDecoder(r.Body).Decode(&body) // an abort has none
	for _, name := range body.MachineNames {
		if _, found := f.documents[subject+"/machines/"+name]; !found {
			refuse(w, 400, "InvalidParameter", "the agent pool has no machine named '"+name+"'")
			return
		}
		delete(f.documents, subject+"/machines/"+name)
	}
	accept(w, r, path)
	w.WriteHeader(http.StatusAccepted)
}

// machinesOf a pool that is made.
func (f *fakeFrontDoor) machinesOf(path string, pool map[string]any) {
	count, _ := pool["properties"].(map[string]any)["count"].(float64)
	for i := range int(count) {
		name := fmt.Sprintf("aks-%s-vmss%06d", last(path), i)
		f.documents[path+"/machines/"+name] = map[string]any{"name": name, "properties": map[string]any{
			"network":      map[string]any{"ipAddresses": []any{map[string]any{"family": "IPv4", "ip": fmt.Sprintf("100.96.0.%d", i+1)}}},
			"lotseProfile": map[string]any{"phase": "Ready", "nodeImageVersion": "LotseDebian-12"},
		}}
	}
}

// command that is run prints its line and the size of what is attached. One that is "exit 3" ends with 3, one that is "hang" is ended.
func (f *fakeFrontDoor) command(w http.ResponseWriter, r *http.Request) {
	const key = "command"
	if r.Method == http.MethodPost {
		body := map[string]any{}
		_ = json.NewDecoder(r.Body).Decode(&body) // the test sees what is missing
		f.documents[key], f.polls[key] = body, 0
		w.Header().Set("Location", "https://"+r.Host+strings.Replace(r.URL.Path, "/runCommand", "/commandResults/id1", 1)+"?api-version=2025-02-01")
		w.WriteHeader(http.StatusAccepted)
		return
	}
	line, attached := f.documents[key]["command"], f.documents[key]["context"]
	properties := map[string]any{"provisioningState": "Succeeded", "exitCode": 0, "logs": fmt.Sprintf("ran %v, attached %t\n", line, attached != nil)}
	switch f.polls[key]++; {
	case f.polls[key] == 1:
		properties = map[string]any{"provisioningState": "Running"}
	case line == "exit 3":
		properties["exitCode"] = 3
	case line == "hang":
		properties = map[string]any{"provisioningState": "Failed", "logs": "half", "reason": "The command was ended."}
	}
	answer(w, map[bool]int{true: http.StatusAccepted, false: http.StatusOK}[f.polls[key] == 1], map[string]any{"id": "id1", "properties": properties})
}

// power stops or starts a cluster.
func (f *fakeFrontDoor) power(w http.ResponseWriter, r *http.Request, path string) {
	cluster, code := f.documents[strings.TrimSuffix(path, "/"+last(path))], map[string]string{"stop": "Stopped", "start": "Running"}[last(path)]
	if cluster == nil {
		refuse(w, 404, "ResourceNotFound", "The Resource was not found.")
		return
	}
	properties := cluster["properties"].(map[string]any)
	if now, _ := properties["powerState"].(map[string]any); code == "Running" && (now == nil || now["code"] == code) {
		refuse(w, 409, "OperationNotAllowed", "managed cluster is in Provisioning State(Succeeded) and Power State(Running), starting cannot be performed")
		return
	}
	properties["powerState"] = map[string]any{"code": code}
	accept(w, r, path)
	w.WriteHeader(http.StatusAccepted)
}

func (f *fakeFrontDoor) put(w http.ResponseWriter, r *http.Request, path string, document map[string]any, found bool) {
	if last(path) == "busy" {
		refuse(w, 409, "OperationNotAllowed", "Operation is not allowed because there's an in progress update")
		return
	}
	if r.Header.Get("If-Match") != "" && !found {
		refuse(w, 412, "PreconditionFailed", "The If-Match condition failed: the resource does not exist.")
		return
	}
	status := http.StatusOK
	if !found {
		status = http.StatusCreated
		document = map[string]any{"id": r.URL.Path, "name": r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:], "properties": map[string]any{}}
	}
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, 400, "InvalidRequestContent", err.Error())
		return
	}
	overlay(document, body)
	document["properties"].(map[string]any)["provisioningState"] = "Succeeded"
	if channels, _ := document["properties"].(map[string]any)["autoUpgradeProfile"].(map[string]any); channels["upgradeChannel"] == "rapid" {
		document["properties"].(map[string]any)["lotseProfile"] = map[string]any{"autoUpgrade": map[string]any{"kubernetes": map[string]any{
			"channel": "rapid", "to": "1.37.10", "at": "2026-11-29T02:10:00Z", "message": "It begins at 2026-11-29T02:10:00Z."}}}
	}
	f.documents[path] = document
	if strings.HasSuffix(path, "agentpools/growing") {
		f.machinesOf(path, document)
	}
	if !strings.Contains(path, "/providers/") {
		answer(w, status, document)
		return
	}
	accept(w, r, path)
	accepted, properties := maps.Clone(document), maps.Clone(document["properties"].(map[string]any))
	properties["provisioningState"] = "Updating"
	accepted["properties"] = properties
	answer(w, status, accepted)
}

// under lists what is one level below a collection; a subscription's clusters are those of all its groups.
func (f *fakeFrontDoor) under(path string) []any {
	all := []any{}
	keys := []string{}
	for k := range f.documents {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	scope := strings.SplitN(path, "/providers/", 2)[0]
	for _, k := range keys {
		parent := k[:strings.LastIndex(k, "/")]
		if parent == path || last(path) == "managedclusters" && last(parent) == "managedclusters" && strings.HasPrefix(k, scope+"/") {
			all = append(all, f.documents[k])
		}
	}
	return all
}

// overlay merges as the front door does: tags and labels are replaced as a whole, pools are distinguished by their names.
func overlay(on, with map[string]any) {
	for k, v := range with {
		deeper, isMap := v.(map[string]any)
		under, ok := on[k].(map[string]any)
		switch {
		case k == "agentPoolProfiles":
			on[k] = overlayPools(on[k], v.([]any))
		case ok && isMap && k != "tags" && k != "nodeLabels":
			overlay(under, deeper)
		default:
			on[k] = v
		}
	}
}

func overlayPools(on any, with []any) []any {
	pools, _ := on.([]any)
	for _, pool := range with {
		named := func(p any) bool { return p.(map[string]any)["name"] == pool.(map[string]any)["name"] }
		if i := slices.IndexFunc(pools, named); i >= 0 {
			overlay(pools[i].(map[string]any), pool.(map[string]any))
			continue
		}
		pools = append(pools, pool)
	}
	return pools
}

func last(path string) string { return path[strings.LastIndex(path, "/")+1:] }

func accept(w http.ResponseWriter, r *http.Request, path string) {
	w.Header().Set("Azure-AsyncOperation", fmt.Sprintf("https://%s/op/%s", r.Host, last(path)))
	w.Header().Set("Retry-After", "1")
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("x-ms-request-id", "req-1")
	answer(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}

func fakeKubeconfig(path string) string {
	name := strings.Split(path, "/")[8]
	if strings.Contains(path, "admin") {
		name += "-admin"
	}
	return fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: %[1]s, cluster: {server: "https://100.98.0.1:30000"}}]
users: [{name: user-%[1]s, user: {token: t}}]
contexts: [{name: %[1]s, context: {cluster: %[1]s, user: user-%[1]s}}]
current-context: %[1]s
`, name)
}
