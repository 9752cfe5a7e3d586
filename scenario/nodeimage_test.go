package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// TestNodeImage: the nodes of a pool get a newer image one after the other, while a workload with two replicas and a budget answers every request.
func TestNodeImage(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	of := []string{"-g", s.group, "--cluster-name", s.cluster.name, "-n", "roll"}
	verb := func(v string, more ...string) string {
		out, err := lotse.cli(s.ctx, append(append([]string{"nodepool", v}, of...), more...)...)
		s.need(err)
		return out
	}
	t.Cleanup(func() {
		_, _ = lotse.cli(context.Background(), append([]string{"nodepool", "delete", "--no-wait", "--ignore-pod-disruption-budget"}, of...)...)
	})

	s.step("a pool of two nodes runs a workload of two replicas with a budget, which another node passes requests on to")
	verb("add", "--node-count", "2", "-s", storySize, "--node-taints", "only=roll:NoSchedule")
	before := s.nodes("roll")
	if len(before) != 2 {
		s.fail("pool roll has %d Ready nodes, want 2", len(before))
	}
	load := newRollingLoad(s.ctx, map[string]attempt{"a request": {every: 20 * time.Millisecond, do: s.rollingWorkload(storyImage(t))}})
	s.until("the workload to answer", time.Minute, load.works)

	s.step("a newer node image is published, and the pool is told of it")
	newer := s.publishNodeImage(s.poolRelease("roll"))
	out, err := lotse.client.Get(s.ctx, lotse.client.NodePoolPath(s.group, s.cluster.name, "roll")+"/upgradeProfiles/default")
	s.need(err)
	if !strings.Contains(string(out), newer) {
		s.fail("the pool's upgrade profile is %s", out)
	}

	s.step("the user upgrades the node image, and every request is answered meanwhile")
	load.start()
	began := time.Now()
	watched := s.watchPool("roll")
	shown := verb("upgrade", "--node-image-only")
	took := time.Since(began)
	watched()
	for _, failure := range load.stop() {
		s.Error(failure)
	}
	for _, line := range load.report() {
		s.Log(line)
	}
	s.Logf("the pool of two nodes was upgraded in %.1f s", took.Seconds())

	s.step("the nodes have their names and the other image, and the surge node is gone")
	if !strings.Contains(shown, newer) || !strings.Contains(shown, "Succeeded") {
		s.fail("lotse nodepool upgrade printed:\n%s", shown)
	}
	after := s.nodes("roll")
	if len(after) != 2 || after[0].Name != before[0].Name || after[1].Name != before[1].Name {
		s.fail("nodes are %s, of %s", names(after), names(before))
	}
	for i, n := range after {
		if n.UID == before[i].UID || n.Labels["kubernetes.azure.com/node-image-version"] != newer || n.Spec.Unschedulable {
			s.fail("node %s has labels %v", n.Name, n.Labels)
		}
	}
}

func names(nodes []corev1.Node) (all []string) {
	for _, n := range nodes {
		all = append(all, n.Name)
	}
	return all
}

// poolExtension is what Lotse shows of a pool beyond AKS.
type poolExtension struct {
	Release string `json:"release"`
	Waiting string `json:"waiting"`
}

func (s *story) poolExtension(pool string) (poolExtension, error) {
	document, err := lotse.client.Get(s.ctx, lotse.client.NodePoolPath(s.group, s.cluster.name, pool))
	if err != nil {
		return poolExtension{}, err
	}
	var body struct {
		Properties struct {
			LotseProfile poolExtension `json:"lotseProfile"`
		} `json:"properties"`
	}
	err = json.Unmarshal(document, &body)
	return body.Properties.LotseProfile, err
}

// poolRelease is the release that a pool's nodes have their image from.
func (s *story) poolRelease(pool string) string {
	s.Helper()
	shown, err := s.poolExtension(pool)
	s.need(err)
	return shown.Release
}

// watchPool logs what a pool's operation waits for, each time that it is something else, until it is ended.
func (s *story) watchPool(pool string) (end func()) {
	ended, done, began := make(chan struct{}), make(chan struct{}), time.Now()
	go func() {
		defer close(done)
		for last := ""; ; {
			if shown, err := s.poolExtension(pool); err == nil && shown.Waiting != last {
				last = shown.Waiting
				s.Logf("%5.1f s: %s", time.Since(began).Seconds(), last)
			}
			select {
			case <-ended:
				return
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	return func() { close(ended); <-done }
}

// rollingWorkload runs two replicas on pool roll, apart from each other if they can be, with a budget that lets one go at a time. It returns a request
// to them by way of a node of another pool, on a connection of its own.
func (s *story) rollingWorkload(image string) func(context.Context) error {
	s.Helper()
	two, one, labels := int32(2), intstr.FromInt32(1), map[string]string{"app": "web"}
	t := server("web", image)
	grace := int64(10)
	t.Spec.TerminationGracePeriodSeconds = &grace
	// The last requests reach a Pod for a moment after it began to end.
	t.Spec.Containers[0].Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 3}}}
	t.Spec.NodeSelector = map[string]string{"agentpool": "roll"}
	t.Spec.Tolerations = []corev1.Toleration{{Key: "only", Operator: corev1.TolerationOpExists}}
	t.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		MaxSkew: 1, TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: &metav1.LabelSelector{MatchLabels: labels},
	}}
	_, err := s.kube.AppsV1().Deployments(s.namespace).Create(s.ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       appsv1.DeploymentSpec{Replicas: &two, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: t},
	}, metav1.CreateOptions{})
	s.need(err)
	_, err = s.kube.PolicyV1().PodDisruptionBudgets(s.namespace).Create(s.ctx, &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &one, Selector: &metav1.LabelSelector{MatchLabels: labels}},
	}, metav1.CreateOptions{})
	s.need(err)
	service, err := s.kube.CoreV1().Services(s.namespace).Create(s.ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeNodePort, Selector: labels, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}},
		},
	}, metav1.CreateOptions{})
	s.need(err)
	s.readyPods("web", 2)
	url := "http://" + net.JoinHostPort(s.addressOf("usr"), fmt.Sprint(service.Spec.Ports[0].NodePort)) + "/"
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return func(ctx context.Context) error { return answers(ctx, client, url) }
}

// addressOf the one node of a pool.
func (s *story) addressOf(pool string) string {
	s.Helper()
	for _, a := range s.nodes(pool)[0].Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return a.Address
		}
	}
	s.fail("the node of pool %s has no address", pool)
	return ""
}

// answers is an error unless a request is answered with 200.
func answers(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return statusError(response.Status)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
