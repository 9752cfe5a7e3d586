package arm_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/command"
	"lotse.dev/identity"
)

// itself is the management cluster as the hosted cluster.
type itself struct{ client.Client }

func (i itself) For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error) {
	return i.Client, nil
}

// commandWorld has one cluster in which commands run.
type commandWorld struct {
	poolsWorld
	t *testing.T
}

// commands run in a hosted cluster with their caller's rights, and their results are for their callers.
func commands(t *testing.T, w *world) {
	p := commandWorld{w.poolsOf(t, "commands", systemPool("sys")), t}
	run := `{"command":"kubectl get pods","context":""}`
	says(t, p.want(t, p.do(p.token, "POST", p.cluster+"/runCommand"+v, run), 409, "OperationNotAllowed"), "it needs a node that is Ready")
	p.readyNode()
	p.refusals()
	p.ends()
	p.belongsToItsCaller()
	p.isBounded()
	p.needsACluster(run)
}

// readyNode as muteNode, but of this cluster.
func (p commandWorld) readyNode() {
	id := v1alpha1.ObjectName(p.cluster)
	m := &v1alpha1.Machine{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: "commanded", Labels: map[string]string{v1alpha1.LabelCluster: id},
		},
		Spec: v1alpha1.MachineSpec{
			ScaleSet: "set", Cluster: id, Hostname: "commanded", Provider: "pod",
			Model: v1alpha1.MachineModel{VMSize: "Standard_B2s", Release: "v1", Image: "node", OSDiskSizeGB: 32, MaxPods: 110},
		},
	}
	must(p.t, p.client.Create(p.t.Context(), m))
	apimeta.SetStatusCondition(&m.Status.Conditions, metav1.Condition{Type: v1alpha1.MachineReady, Status: metav1.ConditionTrue, Reason: "Kubelet"})
	must(p.t, p.client.Status().Update(p.t.Context(), m))
}

// refusals of bodies name the property.
func (p commandWorld) refusals() {
	for body, target := range map[string]string{
		`{}`:                             "command",
		`{"command":"  "}`:               "command",
		`{"command":["kubectl"]}`:        "command",
		`{"command":"a\u0000b"}`:         "command",
		`{"command":"a","context":"!"}`:  "context",
		`{"command":"a","context":"YQ"}`: "context",
		fmt.Sprintf(`{"command":"a","context":%q}`, attach(p.t, "../up.yaml", "x")):                   "context",
		fmt.Sprintf(`{"command":"a","context":%q}`, attach(p.t, "bomb", strings.Repeat("0", 32<<20))): "context",
		fmt.Sprintf(`{"command":%q}`, strings.Repeat("x", command.MaxLine+1)):                         "command",
		`{"command":"a","clusterToken":"token"}`:                                                      "clusterToken",
		`{"command":"a","image":"x"}`:                                                                 "image",
	} {
		a := p.want(p.t, p.do(p.token, "POST", p.cluster+"/runCommand"+v, body), 400, "InvalidParameter")
		if a.at("error.target") != target {
			p.t.Errorf("%.60s: got %s", body, a.body)
		}
	}
	p.want(p.t, p.do(p.token, "POST", p.cluster+"/runCommand"+v, ""), 400, "InvalidRequestContent")
	p.want(p.t, p.do(p.token, "POST", p.cluster+"-absent/runCommand"+v, `{"command":"a"}`), 404, "ResourceNotFound")
	p.want(p.t, p.do(p.world.token(reader), "POST", p.cluster+"/runCommand"+v, `{"command":"a"}`), 403, "AuthorizationFailed")
	for _, id := range []string{"x", strings.Repeat("0", 32), strings.Repeat("A", 32)} {
		p.want(p.t, p.do(p.token, "GET", p.cluster+"/commandResults/"+id+v, ""), 404, "ResourceNotFound")
	}
	var jobs batchv1.JobList
	must(p.t, p.client.List(p.t.Context(), &jobs))
	if len(jobs.Items) > 0 {
		p.t.Errorf("a command that was refused left %s", jobs.Items[0].Name)
	}
}

// begin a command and return where its result is.
func (p commandWorld) begin(token, body string) (url, id string) {
	p.t.Helper()
	a := p.want(p.t, p.do(token, "POST", p.cluster+"/runCommand"+v, body), 202, "")
	url = a.Header.Get("Location")
	id, _, _ = strings.Cut(path.Base(url), "?")
	if !strings.HasPrefix(url, "https://") || !command.IsID(id) || a.Header.Get("Retry-After") != "1" {
		p.t.Fatalf("the answer leads nowhere: %v", a.Header)
	}
	return url, id
}

// ends: a command with a file is followed to its end.
func (p commandWorld) ends() {
	t := p.t
	url, id := p.begin(p.token, fmt.Sprintf(`{"command":"kubectl apply -f sub/a.yaml","context":%q,"clusterToken":""}`, attach(t, "./sub/a.yaml", "kind: x")))
	running := p.want(t, p.do(p.token, "GET", url, ""), 202, "")
	if running.Header.Get("Location") != url || running.at("properties.provisioningState") != "Running" {
		t.Errorf("got %v %s", running.Header, running.body)
	}
	p.hasWhatItNeeds(id)
	p.world.report(t, id, 3, "created\n")
	got := p.want(t, p.do(p.token, "GET", url, ""), 200, "")
	if got.at("properties.exitCode") != 3.0 || got.at("properties.logs") != "created\n" || got.at("properties.provisioningState") != "Succeeded" || got.at("id") != id ||
		got.at("properties.startedAt") != "2026-11-27T10:00:00Z" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v %s", got.Header, got.body)
	}
	records := p.want(t, p.do(p.token, "GET", "/providers/Lotse.Audit/records"+ownV+"&$top=1", ""), 200, "")
	if records.at("value.0.exitCode") != 3.0 || records.at("value.0.principal") != admin || records.at("value.0.resourceId") != p.cluster+"/commandResults/"+id {
		t.Errorf("the audit log has %s", records.body)
	}
	if strings.Contains(string(records.body), "kubectl") || strings.Contains(string(records.body), "created") {
		t.Errorf("the audit log has the command or its output: %s", records.body)
	}
}

// hasWhatItNeeds: the file, the caller's certificate, and a right to write the result that is good for nothing else.
func (p commandWorld) hasWhatItNeeds(id string) {
	t := p.t
	input, job := &corev1.Secret{}, &batchv1.Job{}
	must(t, p.client.Get(t.Context(), client.ObjectKey{Namespace: "aks-command", Name: "command-" + id + "-input"}, input))
	must(t, p.client.Get(t.Context(), client.ObjectKey{Namespace: "aks-command", Name: "command-" + id}, job))
	if string(input.Data["command"]) != "kubectl apply -f sub/a.yaml" || string(input.Data["file-0"]) != "kind: x" || input.OwnerReferences[0].UID != job.UID {
		t.Errorf("the command gets %v", input)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "aks-command", Name: "command"}, Spec: job.Spec.Template.Spec}
	if err := p.client.Create(t.Context(), pod, client.DryRunAll); err != nil {
		t.Errorf("the namespace does not admit the Pod: %v", err)
	}
	config, err := clientcmd.Load(input.Data["kubeconfig"])
	must(t, err)
	leaf := parse(t, config.AuthInfos["command"].ClientCertificateData)
	if leaf.Subject.CommonName != "lotse:app:"+admin || leaf.Subject.Organization[0] != "lotse:cluster-admins" || time.Until(leaf.NotAfter) > 15*time.Minute {
		t.Errorf("the command runs as %s until %s", leaf.Subject, leaf.NotAfter)
	}
	if reporter := parse(t, input.Data["tls.crt"]); reporter.Subject.CommonName != "lotse:command:"+id || len(reporter.Subject.Organization) > 0 {
		t.Errorf("the result is written by %s", reporter.Subject)
	}
	as := p.world.as(t, "lotse:command:"+id)
	if err := as.Get(t.Context(), client.ObjectKeyFromObject(input), input); !apierrors.IsForbidden(err) {
		t.Errorf("the writer of the result may read what the command got: %v", err)
	}
	if err := as.Patch(t.Context(), input.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"data":{"command":"eA=="}}`))); !apierrors.IsForbidden(err) {
		t.Errorf("the writer of the result may change the command: %v", err)
	}
}

// as is a client in the name of a user.
func (w *world) as(t *testing.T, user string) client.Client {
	config := rest.CopyConfig(w.config)
	config.Impersonate.UserName = user
	c, err := client.New(config, client.Options{Scheme: w.client.Scheme()})
	must(t, err)
	return c
}

// report the end of a command, as its Pod does.
func (w *world) report(t *testing.T, id string, code int, logs string) {
	t.Helper()
	result := fmt.Sprintf(`{"exitCode":%d,"startedAt":"2026-11-27T10:00:00Z","finishedAt":"2026-11-27T10:00:01Z"}`, code)
	patch, err := json.Marshal(map[string]any{"data": map[string][]byte{"result": []byte(result), "logs": []byte(logs)}})
	must(t, err)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "aks-command", Name: "command-" + id + "-result"}}
	reporter := w.as(t, "lotse:command:"+id)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) { // a new right is in force once the API server has seen it
		err := reporter.Patch(t.Context(), secret, client.RawPatch(types.MergePatchType, patch))
		if !apierrors.IsForbidden(err) || time.Now().After(end) {
			must(t, err)
			break
		}
	}
	job := &batchv1.Job{}
	must(t, w.client.Get(t.Context(), client.ObjectKey{Namespace: "aks-command", Name: "command-" + id}, job))
	now := metav1.Now()
	job.Status.StartTime, job.Status.CompletionTime, job.Status.Succeeded = &now, &now, 1
	job.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
	for _, condition := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{Type: condition, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	must(t, w.client.Status().Update(t.Context(), job))
}

// belongsToItsCaller: others who may run commands do not see its result; administrators of the cluster do.
func (p commandWorld) belongsToItsCaller() {
	const operators, others = "30000000-0000-0000-0000-000000000021", "30000000-0000-0000-0000-000000000022"
	p.person(operators, identity.ServicePrincipal, "", identity.ClusterAdmin, p.cluster)
	p.person(others, identity.ServicePrincipal, "", identity.ClusterUser, p.cluster)
	url, id := p.begin(p.world.token(operators), `{"command":"id"}`)
	p.world.report(p.t, id, 0, "")
	p.want(p.t, p.do(p.world.token(operators), "GET", url, ""), 200, "")
	p.want(p.t, p.do(p.token, "GET", url, ""), 200, "")
	p.want(p.t, p.do(p.world.token(reader), "GET", url, ""), 403, "AuthorizationFailed")
	p.want(p.t, p.do(p.world.token(others), "GET", url, ""), 403, "AuthorizationFailed")
	p.want(p.t, p.do(p.world.token(others), "POST", p.cluster+"/runCommand"+v, `{"command":"id"}`), 403, "AuthorizationFailed")
}

// isBounded: so many run at once, and so many results are kept.
func (p commandWorld) isBounded() {
	t := p.t
	var running []string
	for range command.MaxRunning {
		_, id := p.begin(p.token, `{"command":"sleep 60"}`)
		running = append(running, id)
	}
	busy := p.want(t, p.do(p.token, "POST", p.cluster+"/runCommand"+v, `{"command":"id"}`), 409, "OperationNotAllowed")
	says(t, busy, "5 commands run in managed cluster 'commands' already")
	if busy.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	for _, id := range running {
		p.world.report(t, id, 0, "")
	}
	time.Sleep(1100 * time.Millisecond) // times of creation are whole seconds
	for range command.MaxKept {
		_, id := p.begin(p.token, `{"command":"id"}`)
		p.world.report(t, id, 0, "")
	}
	var jobs batchv1.JobList
	must(t, p.client.List(t.Context(), &jobs, client.InNamespace("aks-command")))
	if len(jobs.Items) != command.MaxKept {
		t.Errorf("%d results are kept", len(jobs.Items))
	}
	p.want(t, p.do(p.token, "GET", p.cluster+"/commandResults/"+running[0]+v, ""), 404, "ResourceNotFound")
}

// needsACluster that runs, and a release with the image.
func (p commandWorld) needsACluster(run string) {
	t := p.t
	url, _ := p.begin(p.token, run)
	p.succeed(t, p.token, p.want(t, p.do(p.token, "POST", p.cluster+"/stop"+v, ""), 202, ""))
	says(t, p.want(t, p.do(p.token, "POST", p.cluster+"/runCommand"+v, run), 409, "OperationNotAllowed"), "Power State(Stopped)")
	says(t, p.want(t, p.do(p.token, "GET", url, ""), 409, "OperationNotAllowed"), "Power State(Stopped)")
	p.succeed(t, p.token, p.want(t, p.do(p.token, "DELETE", p.cluster+v, ""), 202, ""))
}

// attach a file, as az does.
func attach(t *testing.T, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	file, err := w.Create(name)
	must(t, err)
	_, err = file.Write([]byte(content))
	must(t, err)
	must(t, w.Close())
	encoded := base64.StdEncoding.EncodeToString(b.Bytes())
	return encoded[:len(encoded)/2] + "\n" + encoded[len(encoded)/2:] + "\n"
}

// azCommands: az invokes a command with a file, which the test ends, and asks for its result again.
func azCommands(t *testing.T, w *world, home string, az func(...string) string) {
	t.Helper()
	cluster := v1alpha1.ManagedClusterID(sub1, "rgaz", "c1")
	commandWorld{poolsWorld{world: w, cluster: cluster}, t}.readyNode()
	file := filepath.Join(home, "a.yaml")
	must(t, os.WriteFile(file, []byte("kind: x"), 0o600))
	ended := make(chan string, 1)
	go func() {
		defer close(ended)
		for t.Context().Err() == nil {
			var jobs batchv1.JobList
			if err := w.client.List(t.Context(), &jobs, client.InNamespace("aks-command")); err == nil && len(jobs.Items) == 1 {
				id := strings.TrimPrefix(jobs.Items[0].Name, "command-")
				var s corev1.Secret
				if w.client.Get(t.Context(), client.ObjectKey{Namespace: "aks-command", Name: jobs.Items[0].Name + "-input"}, &s) == nil && string(s.Data["file-0"]) == "kind: x" {
					time.Sleep(time.Second) // the rights of the result are made last; az has asked once
					w.report(t, id, 7, "from the cluster")
					ended <- id
					return
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	if got := az("aks", "command", "invoke", "-g", "rgaz", "-n", "c1", "--command", "cat a.yaml", "--file", file); !strings.Contains(got, "exitcode=7") ||
		!strings.Contains(got, "from the cluster") {
		t.Errorf("az says %s", got)
	}
	if got := az("aks", "command", "result", "-g", "rgaz", "-n", "c1", "--command-id", <-ended); !strings.Contains(got, "exitcode=7") {
		t.Errorf("az says %s", got)
	}
}
