package scenario

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
)

// night is a cluster that is stopped and started: what it had before, and how long each took.
type night struct {
	*story
	management  *management
	nodesBefore map[string]types.UID
	// pods that ran before the stop. None of them may be an endpoint afterwards.
	pods                map[types.UID]string
	stopTook, startTook time.Duration
	// answered is when the API server did so first, after the start was asked for.
	answered time.Duration
}

// sleeps: the cluster is stopped, costs nothing, takes no writes, and starts as it was, although all of its certificates ended meanwhile.
func (s *story) sleeps(m *management) {
	s.Helper()
	n := &night{story: s, management: m, pods: map[types.UID]string{}}
	n.fill()
	n.fallAsleep()
	n.rests()
	n.monthsPass()
	n.wakeUp()
	n.isAsBefore()
	n.certificatesWereRenewed()
	s.Logf("stop %.1fs; start to API %.1fs, to all nodes Ready %.1fs", n.stopTook.Seconds(), n.answered.Seconds(), n.startTook.Seconds())
}

func (n *night) fill() {
	n.Helper()
	image := storyImage(n.T)
	n.step("a Deployment with a Service, a DaemonSet, a Pod by itself and a ConfigMap are in the cluster")
	n.deploy("day", image, 1)
	n.service("day")
	set := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "daemon"}, Spec: appsv1.DaemonSetSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "daemon"}}, Template: server("daemon", image),
	}}
	_, err := n.kube.AppsV1().DaemonSets(n.namespace).Create(n.ctx, set, metav1.CreateOptions{})
	n.need(err)
	n.run(server("alone", image))
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept"}, Data: map[string]string{"a": "b"}}
	_, err = n.kube.CoreV1().ConfigMaps(n.namespace).Create(n.ctx, config, metav1.CreateOptions{})
	n.need(err)
	n.readyPods("day", 1)
	n.readyPods("daemon", 1)
	n.nodesBefore = n.nodeUIDs()
	all, err := n.kube.CoreV1().Pods("").List(n.ctx, metav1.ListOptions{})
	n.need(err)
	for _, p := range all.Items {
		n.pods[p.UID] = p.Namespace + "/" + p.Name
	}
}

func (n *night) nodeUIDs() map[string]types.UID {
	n.Helper()
	uids := map[string]types.UID{}
	for _, node := range n.allNodes() {
		uids[node.Name] = node.UID
	}
	return uids
}

func (n *night) fallAsleep() {
	n.Helper()
	n.step("the user stops the cluster")
	began := time.Now()
	_, err := lotse.cli(n.ctx, "cluster", "stop", "-g", n.group, "-n", n.cluster.name)
	n.need(err)
	n.stopTook = time.Since(began)
}

func (n *night) rests() {
	n.Helper()
	n.step("it is Stopped, and no Pod of it is left on the management cluster")
	if got := n.shown().PowerState.Code; got != "Stopped" {
		n.fail("its power state is %s", got)
	}
	for _, namespace := range []string{v1alpha1.ControlPlaneNamespace(n.management.cluster), v1alpha1.NodesNamespace(n.management.cluster)} {
		pods, err := n.management.kube.CoreV1().Pods(namespace).List(n.ctx, metav1.ListOptions{})
		n.need(err)
		if len(pods.Items) > 0 {
			n.fail("Pod %s/%s runs", namespace, pods.Items[0].Name)
		}
	}
	n.step("writes are refused, and say what to do")
	_, err := lotse.cli(n.ctx, "nodepool", "scale", "-g", n.group, "--cluster-name", n.cluster.name, "-n", "sys", "--node-count", "2")
	if err == nil || !strings.Contains(err.Error(), "Power State(Stopped)") || !strings.Contains(err.Error(), "start it first") {
		n.fail("scaling a pool answered %v", err)
	}
}

func (n *night) shown() client.ClusterProperties {
	n.Helper()
	document, err := lotse.client.Get(n.ctx, lotse.client.ClusterPath(n.group, n.cluster.name))
	n.need(err)
	view, err := client.View[client.Cluster](document)
	n.need(err)
	return view.Properties
}

func (n *night) wakeUp() {
	n.Helper()
	n.step("the user starts it; from the moment that its API server answers, no endpoint leads to what ran before")
	began := time.Now()
	ctx, cancel := context.WithCancel(n.ctx)
	var watching sync.WaitGroup
	stale := ""
	watching.Go(func() { stale = n.watchEndpoints(ctx, began) })
	_, err := lotse.cli(n.ctx, "cluster", "start", "-g", n.group, "-n", n.cluster.name)
	n.startTook = time.Since(began)
	cancel()
	watching.Wait()
	n.need(err)
	if stale != "" {
		n.fail("%s", stale)
	}
	if n.answered == 0 {
		n.fail("the API server did not answer by the old kubeconfig")
	}
}

// watchEndpoints until ctx ends, and return one that leads to a Pod of before the stop.
func (n *night) watchEndpoints(ctx context.Context, began time.Time) (stale string) {
	for ; ctx.Err() == nil; time.Sleep(200 * time.Millisecond) {
		short, cancel := context.WithTimeout(ctx, 2*time.Second)
		all, err := n.kube.DiscoveryV1().EndpointSlices("").List(short, metav1.ListOptions{})
		cancel()
		if err != nil {
			continue
		}
		if n.answered == 0 {
			n.answered = time.Since(began)
		}
		for _, slice := range all.Items {
			for _, e := range slice.Endpoints {
				if e.TargetRef != nil && n.pods[e.TargetRef.UID] != "" {
					return fmt.Sprintf("%.1fs after the start, %s still leads to Pod %s at %s", time.Since(began).Seconds(), slice.Name, n.pods[e.TargetRef.UID], e.Addresses)
				}
			}
		}
	}
	return ""
}

func (n *night) isAsBefore() {
	n.Helper()
	n.step("it is Running, with the same nodes")
	if p := n.shown(); p.PowerState.Code != "Running" || p.ProvisioningState != "Succeeded" {
		n.fail("it is %s and %s", p.ProvisioningState, p.PowerState.Code)
	}
	if now := n.nodeUIDs(); !maps.Equal(now, n.nodesBefore) {
		n.fail("nodes are %v, were %v", slices.Sorted(maps.Keys(now)), slices.Sorted(maps.Keys(n.nodesBefore)))
	}
	n.step("the Deployment serves and the DaemonSet runs, the Pod by itself is gone, the ConfigMap is there")
	n.readyPods("day", 1)
	n.readyPods("daemon", 1)
	n.run(template("client", storyImage(n.T), "/bin/busybox", "sleep", "3600"))
	n.inside("client", "probe day", time.Minute, "/probe", "get", "http://day."+n.namespace+"/")
	if _, err := n.kube.CoreV1().Pods(n.namespace).Get(n.ctx, "alone", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		n.fail("the Pod that nothing makes again: %v", err)
	}
	_, err := n.kube.CoreV1().ConfigMaps(n.namespace).Get(n.ctx, "kept", metav1.GetOptions{})
	n.need(err)
}

// power: az stops and starts the cluster.
func (a *azStory) power(t *testing.T) {
	of := []string{"-g", a.group, "-n", "c1"}
	az := func(verb string) {
		t.Helper()
		began := time.Now()
		a.must(a.ctx, t, append([]string{"aks", verb}, of...)...)
		t.Logf("az aks %s took %.1fs", verb, time.Since(began).Seconds())
	}
	az("stop")
	a.ask(t, "Succeeded\nStopped", append(append([]string{"aks", "show"}, of...), "[provisioningState, powerState.code]")...)
	a.refused(a.ctx, t, []string{"OperationNotAllowed", "Power State(Stopped)"}, "aks", "nodepool", "add", "-g", a.group, "--cluster-name", "c1", "-n", "more", "-c", "1")
	az("start")
	a.ask(t, "Running", append(append([]string{"aks", "show"}, of...), "powerState.code")...)
	a.kubectl(t, "True", "--kubeconfig", a.file("kubeconfig"), "get", "nodes", "-o", "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}")
}
