package machine

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/drain"
	"lotse.dev/machine/node"
	"lotse.dev/machine/provider"
)

var now = time.Unix(1_000_000, 0)

func TestDecide(t *testing.T) {
	tests := map[string]struct {
		facts   facts
		steps   []step
		waiting string
	}{
		"a machine waits for the address of its API server": {
			given(func(f *facts) { f.cluster.Status.Endpoint = v1alpha1.Endpoint{} }), nil, "the address of the cluster's API server",
		},
		"a machine waits for its cluster's authority": {
			given(func(f *facts) { f.clusterCA = "" }), nil, "the cluster's certificate authority",
		},
		"a machine waits for its namespace": {
			given(func(f *facts) { f.namespace = false }), nil, "the namespace of the cluster's machines",
		},
		"a size nobody knows is named": {
			given(func(f *facts) { f.machine.Spec.Model.VMSize = "Huge" }), nil, "machine size Huge, which does not exist; make a pool of another size",
		},
		"a release that does not exist is named": {
			given(func(f *facts) { f.release = nil }), nil, "release v1, which does not exist",
		},
		"a new machine starts while the control plane still does": {
			given(), []step{writeFile, startInstance}, "the cluster's API server to answer",
		},
		"a process that died after writing the file only starts the machine": {
			given(filed), []step{startInstance}, "the cluster's API server to answer",
		},
		"a starting machine is left alone": {
			given(filed, pending), nil, "the cluster's API server to answer",
		},
		"a machine that is down learns what changed before it starts again": {
			given(filed, func(f *facts) { f.machine.Spec.Model.MaxPods = 50 }), []step{writeFile, startInstance}, "the cluster's API server to answer",
		},
		"a running machine's file is what it booted with and stays": {
			given(filed, up, func(f *facts) { f.machine.Spec.Model.MaxPods = 50 }), nil, "the cluster's API server to answer",
		},
		"a machine that died starts again": {
			given(filed, func(f *facts) { f.instance = provider.State{Phase: provider.Dead, Disk: true} }), []step{startInstance}, "the cluster's API server to answer",
		},
		"an API server that answers learns the token": {
			given(filed, up, answering), []step{putToken}, "",
		},
		"a token that is there is not put again": {
			given(filed, up, answering, tokenHosted(time.Hour)), nil, "",
		},
		"a token that runs out is renewed while the node is not Ready": {
			given(filed, up, answering, registeredNode, notReady, synced, tokenHosted(10*time.Minute)), []step{putToken}, "",
		},
		"the token is taken back when the node is Ready": {
			given(filed, up, answering, registeredNode, synced, tokenHosted(time.Hour)), []step{takeToken}, "",
		},
		"a node that is Ready and in sync is left alone": {
			given(filed, up, answering, registeredNode, synced), nil, "",
		},
		"a Ready node whose disk was lost and that is not Ready any more gets a token again": {
			given(filed, up, answering, registeredNode, notReady, synced), []step{putToken}, "",
		},
		"a node that lacks its labels is synced": {
			given(filed, up, answering, registeredNode), []step{syncNode}, "",
		},
		"the node of an earlier machine goes before the token comes": {
			given(filed, up, answering, registeredNode, synced, strangers), []step{deleteNode}, "the node of an earlier machine to be removed",
		},
		"a machine whose cluster is being deleted waits for its own deletion": {
			given(filed, up, clusterDeleted), nil, "the cluster to be deleted",
		},
		"a deleted machine is cordoned first": {
			given(filed, up, answering, registeredNode, deleted(0)), []step{cordon}, "the node to be cordoned",
		},
		"then its Pods are evicted": {
			given(filed, up, answering, registeredNode, deleted(0), cordoned, busy), []step{evict}, "",
		},
		"then the machine and its disk go": {
			given(filed, up, answering, registeredNode, deleted(0), cordoned), []step{stopInstance}, "the machine and its disk to be deleted",
		},
		"then its node, its token, its file and its finalizer": {
			given(filed, answering, registeredNode, deleted(0), cordoned, tokenHosted(time.Hour), gone), []step{deleteNode, takeToken, deleteFile, letGo}, "",
		},
		"scaling down keeps a budget beyond the drain timeout": {
			given(filed, up, answering, registeredNode, deleted(drainTimeout), cordoned, busy), []step{evict}, "",
		},
		"deleting a pool ends the drain after its timeout": {
			given(filed, up, answering, registeredNode, deleted(drainTimeout), cordoned, busy, setGoing), []step{stopInstance}, "the machine and its disk to be deleted",
		},
		"a node that is not Ready is not drained": {
			given(filed, up, answering, registeredNode, notReady, deleted(0), busy), []step{stopInstance}, "the machine and its disk to be deleted",
		},
		"a machine that never joined goes without its API server": {
			given(filed, pending, deleted(0)), []step{stopInstance}, "the machine and its disk to be deleted",
		},
		"a node whose API server does not answer is waited for": {
			given(filed, up, deleted(0), wasNode), nil, "the cluster's API server to answer, to drain the node",
		},
		"with the whole cluster gone a machine goes at once": {
			given(filed, up, deleted(0), wasNode, clusterDeleted), []step{killInstance}, "the machine and its disk to be deleted",
		},
		"without a cluster nothing is asked of it": {
			given(filed, gone, deleted(0), wasNode, func(f *facts) { f.cluster = nil }), []step{deleteFile, letGo}, "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := decide(tt.facts, now)
			if !slices.Equal(d.steps, tt.steps) || d.waiting != tt.waiting {
				t.Errorf("steps %q waiting for %q,\nwant %q waiting for %q", d.steps, d.waiting, tt.steps, tt.waiting)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	tests := map[string]struct {
		facts                      facts
		running, registered, ready string
	}{
		"before it starts a machine says what it waits for": {
			given(func(f *facts) { f.clusterCA = "" }), "waiting for the cluster's certificate authority",
			"waiting for the cluster's API server to answer", "waiting for the cluster's API server to answer",
		},
		"a machine without room says so": {
			given(filed, func(f *facts) {
				f.instance = provider.State{Phase: provider.Pending, Reason: "Unschedulable", Message: "no room"}
			}),
			"no room", "waiting for the cluster's API server to answer", "waiting for the cluster's API server to answer",
		},
		"a Ready node is all true": {
			given(filed, up, answering, registeredNode, synced), "the machine runs", "the machine is a node of its cluster", "kubelet is ready",
		},
		"a node that somebody deleted is told from one that never was": {
			given(filed, up, answering, wasNode), "the machine runs", "the node object was deleted; the machine's kubelet is started again and registers a new one", "the machine is not a node",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			describe(tt.facts, decide(tt.facts, now), metav1.NewTime(now))
			got := map[string]string{}
			for _, c := range tt.facts.machine.Status.Conditions {
				got[c.Type] = c.Message
			}
			if got["Running"] != tt.running || got["Registered"] != tt.registered || got["Ready"] != tt.ready {
				t.Errorf("conditions say %q", got)
			}
		})
	}
}

// given are the facts about a machine that was just made, but for some.
func given(but ...func(*facts)) facts {
	f := facts{
		machine: exampleMachine(), cluster: exampleCluster(), namespace: true, clusterCA: "CA",
		release: &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "v1"}}, instance: provider.State{Phase: provider.Absent, Reason: "NoPod"},
	}
	for _, b := range but {
		b(&f)
	}
	return f
}

func filed(f *facts) {
	f.file = &bootstrap.File{Machine: f.wantedFile(func() bootstrap.Token { return "abcdef.0123456789abcdef" })}
}
func pending(f *facts) {
	f.instance = provider.State{Phase: provider.Pending, Disk: true, Reason: "Starting"}
}
func up(f *facts) {
	f.instance = provider.State{Phase: provider.Running, Disk: true, Address: "100.96.0.7"}
}
func gone(f *facts)      { f.instance = provider.State{Phase: provider.Absent, Reason: "NoPod"} }
func answering(f *facts) { f.known = true }
func setGoing(f *facts)  { f.setGoing = true }
func busy(f *facts)      { f.pods = drain.Plan{Evict: make([]corev1.Pod, 1)} }
func cordoned(f *facts)  { f.node.Spec.Unschedulable = true }
func notReady(f *facts)  { f.node.Status.Conditions[0].Status = corev1.ConditionUnknown }
func synced(f *facts)    { f.node, _ = node.Synced(f.node, f.identity()) }
func strangers(f *facts) { f.machine.UID = "another" }
func tokenHosted(left time.Duration) func(*facts) {
	return func(f *facts) { f.file.HostedUntil = now.Add(left) }
}
func deleted(ago time.Duration) func(*facts) {
	return func(f *facts) { f.machine.DeletionTimestamp = &metav1.Time{Time: now.Add(-ago)} }
}
func clusterDeleted(f *facts) { f.cluster.DeletionTimestamp = &metav1.Time{Time: now} }
func wasNode(f *facts) {
	f.machine.Status.Conditions = []metav1.Condition{{Type: v1alpha1.MachineRegistered, Status: metav1.ConditionTrue}}
}
func registeredNode(f *facts) {
	f.node = &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: f.machine.Spec.Hostname}}
	f.node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady", Message: "kubelet is ready"}}
}

const subscription = "11111111-2222-3333-4444-555555555555"

func exampleMachine() *v1alpha1.Machine {
	return &v1alpha1.Machine{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: v1alpha1.SubscriptionNamespace(subscription), Name: "x-0123456789", UID: "uid", Generation: 1,
			Labels: map[string]string{v1alpha1.LabelSubscription: subscription, v1alpha1.LabelPool: "nodepool1-0123456789", v1alpha1.LabelCluster: "cluster-abc"},
		},
		Spec: v1alpha1.MachineSpec{
			ScaleSet: "aks-nodepool1-0123456789", Cluster: "cluster-abc", Hostname: "aks-nodepool1-00000001-vmss000000", Provider: "pod",
			Model: v1alpha1.MachineModel{
				VMSize: "Standard_DS2_v2", OSDiskSizeGB: 32, Image: "registry.lotse.internal/lotse/node:1", ImageVersion: "LotseDebian-12-202611.23.0",
				KubernetesVersion: "1.37.2", Release: "v1", MaxPods: 110,
				Labels: map[string]string{"tier": "web", "node-role.kubernetes.io/worker": ""}, Taints: []string{"dedicated=web:NoSchedule"},
			},
		},
	}
}

func exampleCluster() *v1alpha1.ManagedCluster {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SubscriptionNamespace(subscription), Name: "cluster-abc"}}
	c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name, c.Spec.Location = subscription, "group", "cluster", "local"
	c.Spec.NodeResourceGroup, c.Spec.KubernetesVersion, c.Spec.Release = "MC_group_cluster_local", "1.37.2", "v1"
	c.Spec.Network = v1alpha1.NetworkSpec{Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"}
	c.Status.Endpoint = v1alpha1.Endpoint{InternalHost: "100.97.3.4", InternalPort: 6443, TunnelPort: 8132}
	return c
}
