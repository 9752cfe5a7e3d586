package scenario

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
)

// TestObservability: those who run Lotse see what it does, others do not, and no secret is among it.
func TestObservability(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	m := openManagement(t)

	s.metricsAreGuarded(m)
	s.requestIsFoundAgain(m)
	s.logIsFollowed()
	s.controlPlaneLogs()
	s.statusShows()
	s.supportBundle(m)
}

func (s *story) metricsAreGuarded(m *management) {
	s.Helper()
	s.step("metrics are refused without a token, and with one that lacks the permission")
	url, web := m.metrics(s)
	for account, want := range map[string]int{"": 401, "default": 403, "lotse-metrics": 200} {
		if status, body := scrape(s, web, url, m.token(s, account)); status != want {
			s.fail("account %q got %d, want %d: %.200s", account, status, want, body)
		}
	}

	s.step("with the permission they show the cluster's control plane, and count requests")
	token := m.token(s, "lotse-metrics")
	const put = `lotse_request_duration_seconds_count{code="201",method="PUT",route="/subscriptions/{subscription}/resourceGroups/{group}"}`
	_, before := scrape(s, web, url, token)
	for _, component := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "konnectivity-server"} {
		line := fmt.Sprintf(`lotse_control_plane_component_healthy{cluster="%s",component="%s",resource_group="%s",subscription="%s"}`,
			s.cluster.name, component, s.group, strings.ToLower(lotse.client.Credential.SubscriptionID))
		if value(before, line) != 1 {
			s.fail("%s is not 1 in\n%s", line, grep(before, "lotse_control_plane"))
		}
	}
	_, err := lotse.makeGroup(s.ctx, "counted")
	s.need(err)
	s.until("the PUT to be counted", 20*time.Second, func() (bool, string) {
		_, after := scrape(s, web, url, token)
		return value(after, put) > value(before, put) && value(after, `lotse_machines{phase="Ready"}`) >= 2, grep(after, "lotse_")
	})
	s.need(lotse.removeGroup("story-counted-" + lotse.run))
}

// requestIsFoundAgain by its correlation ID: in the operation's record and in Lotse's log.
func (s *story) requestIsFoundAgain(m *management) {
	s.Helper()
	s.step("a client's correlation ID is found in the operation and in the log")
	correlation := "story-" + lotse.run
	group := "story-correlated-" + lotse.run
	path := lotse.client.GroupPath(group)
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPut, lotse.client.Credential.Endpoint+path+"?api-version=2021-04-01",
		strings.NewReader(fmt.Sprintf(`{"location":%q}`, lotse.client.Credential.Location)))
	s.need(err)
	request.Header.Set("x-ms-correlation-request-id", correlation)
	request.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{Transport: lotse.client.Transport()}).Do(request)
	s.need(err)
	response.Body.Close()
	if response.StatusCode != http.StatusCreated || response.Header.Get("x-ms-correlation-request-id") != correlation {
		s.fail("the PUT was answered %s with correlation ID %q", response.Status, response.Header.Get("x-ms-correlation-request-id"))
	}
	defer func() { s.need(lotse.removeGroup(group)) }()

	subscription := strings.ToLower(lotse.client.Credential.SubscriptionID)
	groups := m.dynamic.Resource(schema.GroupVersionResource{Group: "lotse.dev", Version: "v1alpha1", Resource: "resourcegroups"}).
		Namespace(v1alpha1.SubscriptionNamespace(subscription))
	s.until("the operation with the correlation ID", 30*time.Second, func() (bool, string) {
		o, err := groups.Get(s.ctx, v1alpha1.ObjectName(v1alpha1.ResourceGroupID(subscription, group)), metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		status, err := json.Marshal(o.Object["status"])
		return strings.Contains(string(status), `"correlationId":"`+correlation+`"`), fmt.Sprint(string(status), err)
	})
	s.until("log lines of the request and of the operation", 30*time.Second, func() (bool, string) {
		log, err := lotse.cli(s.ctx, "logs", "--lotse", "--since", "2m")
		lines := grep(log, correlation)
		return err == nil && strings.Contains(lines, `"msg":"request"`) && strings.Contains(lines, `"msg":"operation ended"`), fmt.Sprint(lines, err)
	})
}

// logIsFollowed: a line that is logged after the request is shown at once.
func (s *story) logIsFollowed() {
	s.Helper()
	s.step("a log that is followed shows what happens meanwhile")
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	follow := exec.CommandContext(ctx, filepath.Join(lotse.artifacts, "bin", "lotse"), "--credentials", lotse.credentials,
		"logs", "--lotse", "--follow", "--since", "10s")
	lines, err := follow.StdoutPipe()
	s.need(err)
	s.need(follow.Start())
	defer func() { cancel(); _ = follow.Wait() }() // it never ends by itself
	seen := make(chan bool, 1)
	group := "story-followed-" + lotse.run
	go func() {
		for scan := bufio.NewScanner(lines); scan.Scan(); {
			if strings.Contains(scan.Text(), group) {
				seen <- true
				return
			}
		}
		close(seen)
	}()
	_, err = lotse.makeGroup(s.ctx, "followed")
	s.need(err)
	if !<-seen {
		s.fail("no line about %s came", group)
	}
	s.need(lotse.removeGroup(group))
}

func (s *story) controlPlaneLogs() {
	s.Helper()
	s.step("the logs of etcd and of the API server are shown, those of a node are not")
	for component, part := range map[string]string{"etcd": `"level":`, "kube-apiserver": ".go:"} {
		log, err := lotse.cli(s.ctx, "logs", s.cluster.name, component, "-g", s.group, "--tail", "50")
		s.need(err)
		if n := strings.Count(log, "\n"); !strings.Contains(log, part) || n > 50 {
			s.fail("the log of %s has %d lines:\n%s", component, n, log)
		}
	}
	if _, err := lotse.cli(s.ctx, "logs", s.cluster.name, "kubelet", "-g", s.group); err == nil || !strings.Contains(err.Error(), "consent") {
		s.fail("the log of a kubelet: %v", err)
	}
}

func (s *story) statusShows() {
	s.Helper()
	s.step("lotse status shows the control plane and the machines")
	s.until("the cluster in lotse status", 30*time.Second, func() (bool, string) {
		out, err := lotse.cli(s.ctx, "status")
		shown := regexp.MustCompile(`(?m)^` + s.cluster.name + ` +healthy +[0-9.]+% since .* 2 Ready`).MatchString(out)
		return shown && strings.Contains(out, "node ") && strings.Contains(out, "pod lotse"), fmt.Sprint(out, err)
	})
}

func (s *story) supportBundle(m *management) {
	s.Helper()
	s.step("the support bundle has what is needed")
	s.bundleHas(m, nil, "/status/version", "/status/status.json", "/objects/managedcluster.yaml", "/objects/events.txt", "/objects/pods.yaml",
		"/logs/agent.log", "/kube-apiserver/", "/etcd/", "/lotse/", "/audit/audit.jsonl", "/machine/proc-meminfo", "/machine/preflight.yaml",
		"/machine/nft-list-table")

	s.step("a support bundle through the management cluster's API needs no host")
	s.bundleHas(m, []string{"--kubeconfig", filepath.Join(filepath.Dir(lotse.credentials), "management.kubeconfig")},
		"/status/status.json", "/objects/managedcluster.yaml", "/kube-apiserver/", "/etcd/", "/lotse/", "/audit/records.jsonl")
}

// bundleHas files with these names, every part complete, the audit log, and no secret.
func (s *story) bundleHas(m *management, flags []string, wanted ...string) {
	s.Helper()
	file := filepath.Join(s.TempDir(), "bundle.tar.gz")
	_, err := lotse.cli(s.ctx, append([]string{"support-bundle", "-o", file}, flags...)...)
	s.need(err)
	names, content := unpack(s, file)
	s.need(os.Remove(file))
	for _, want := range wanted {
		if !strings.Contains(names, want) {
			s.fail("nothing called %s is in the bundle:\n%s", want, names)
		}
	}
	if strings.Contains(names, "PROBLEM") {
		s.fail("a part is not complete:\n%s\n%s", names, grep(content, "PROBLEM"))
	}
	if record := `"resourceId":"` + lotse.client.GroupPath(s.group) + `"`; !strings.Contains(content, record) {
		s.fail("the creation of the cluster's group is not in the audit log: there is no %s", record)
	}
	if regexp.MustCompile(`/pods/mc-[^/]*-nodes_`).MatchString(names) {
		s.fail("logs of customers' nodes are in the bundle:\n%s", names)
	}
	for name, secret := range m.knownSecrets(s) {
		if strings.Contains(content, secret) {
			s.fail("the bundle holds %s", name)
		}
	}
	if strings.Contains(content, "PRIVATE KEY-----") {
		s.fail("the bundle holds a private key")
	}
}

// metrics are where Lotse's Pod serves them; the client trusts the front door's authority.
func (m *management) metrics(s *story) (url string, web *http.Client) {
	s.Helper()
	pods, err := m.kube.CoreV1().Pods(v1alpha1.SystemNamespace).List(s.ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=lotse"})
	s.need(err)
	if len(pods.Items) != 1 || pods.Items[0].Status.PodIP == "" {
		s.fail("there are %d Pods of Lotse", len(pods.Items))
	}
	credential, err := client.ReadCredential(lotse.credentials)
	s.need(err)
	trust, err := credential.TLS()
	s.need(err)
	trust.ServerName = "lotse.lotse-system.svc"
	return "https://" + pods.Items[0].Status.PodIP + ":9090/metrics", &http.Client{
		Transport: &http.Transport{TLSClientConfig: trust, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}, Timeout: 20 * time.Second,
	}
}

// token of a service account in Lotse's namespace; none for no account.
func (m *management) token(s *story, account string) string {
	s.Helper()
	if account == "" {
		return ""
	}
	request, err := m.kube.CoreV1().ServiceAccounts(v1alpha1.SystemNamespace).CreateToken(s.ctx, account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	s.need(err)
	return request.Status.Token
}

func scrape(s *story, web *http.Client, url, token string) (status int, body string) {
	s.Helper()
	request, err := http.NewRequestWithContext(s.ctx, http.MethodGet, url, nil)
	s.need(err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := web.Do(request)
	s.need(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	s.need(err)
	return response.StatusCode, string(content)
}

// value of a metric with its labels; -1 if it is not there.
func value(metrics, series string) float64 {
	for line := range strings.Lines(metrics) {
		if rest, ok := strings.CutPrefix(line, series+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err == nil {
				return v
			}
		}
	}
	return -1
}

func grep(text, word string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// unpack a bundle: the names of its files, and all that is in them.
func unpack(s *story, file string) (names, content string) {
	s.Helper()
	packed, err := os.ReadFile(file)
	s.need(err)
	zipped, err := gzip.NewReader(bytes.NewReader(packed))
	s.need(err)
	var n, c strings.Builder
	for archive := tar.NewReader(zipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return n.String(), c.String()
		}
		s.need(err)
		fmt.Fprintln(&n, header.Name)
		_, err = io.Copy(&c, archive)
		s.need(err)
	}
}

// knownSecrets are the administrator's, and all values of all Secrets but certificates, which are public.
func (m *management) knownSecrets(s *story) map[string]string {
	s.Helper()
	credential, err := client.ReadCredential(lotse.credentials)
	s.need(err)
	all := map[string]string{"the administrator's secret": credential.Secret}
	list, err := m.kube.CoreV1().Secrets("").List(s.ctx, metav1.ListOptions{})
	s.need(err)
	for _, secret := range list.Items {
		for key, data := range secret.Data {
			if len(data) < 12 || strings.HasSuffix(key, ".crt") {
				continue
			}
			name := fmt.Sprintf("key %s of Secret %s/%s", key, secret.Namespace, secret.Name)
			all[name], all[name+" in base64"] = strings.TrimSpace(string(data)), base64.StdEncoding.EncodeToString(data)
		}
	}
	if len(all) < 20 {
		s.fail("only %d secrets are known, so that one of them is in the bundle could not be seen", len(all))
	}
	return all
}
