package machine

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/boot"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/drain"
	"lotse.dev/machine/node"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/pulltoken"
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
		"a namespace that belongs to something else is not used": {
			given(foreign), nil, "the namespace of the cluster's machines, whose name something else has",
		},
		"a size that does not exist is named": {
			given(func(f *facts) { f.machine.Spec.Model.VMSize = "Huge" }), nil, "machine size Huge, which does not exist; make a pool of another size",
		},
		"a release that does not exist is named": {
			given(func(f *facts) { f.release = nil }), nil, "release v1, which does not exist",
		},
		"a new machine starts while the control plane still does": {
			given(), []step{writeFile, startInstance}, "the cluster's API server to answer",
		},
		"a process that died after writing the file only starts the machine": {
			given(withBootFile), []step{startInstance}, "the cluster's API server to answer",
		},
		"a starting machine is left alone": {
			given(withBootFile, starting), nil, "the cluster's API server to answer",
		},
		"a machine that is down gets a new boot file before it starts again": {
			given(withBootFile, func(f *facts) { f.machine.Spec.Model.MaxPods = 50 }), []step{writeFile, startInstance}, "the cluster's API server to answer",
		},
		"a running machine keeps the boot file that it booted with": {
			given(withBootFile, isRunning, func(f *facts) { f.machine.Spec.Model.MaxPods = 50 }), nil, "the cluster's API server to answer",
		},
		"a machine that died starts again": {
			given(withBootFile, func(f *facts) { f.instance = provider.State{Phase: provider.Dead, Disk: true} }), []step{startInstance}, "the cluster's API server to answer",
		},
		"a machine whose disk is being deleted is tried again soon": {
			given(withBootFile, apiServerAnswers, diskDeleting, tokenPublished(time.Hour)), []step{startInstance}, "the machine's old disk to be deleted",
		},
		"a running machine that lost its disk gets one": {
			given(withBootFile, isRunning, func(f *facts) { f.instance.Disk = false }), []step{startInstance}, "the cluster's API server to answer",
		},
		"a new machine has a certificate and needs no token": {
			given(withBootFile, isRunning, apiServerAnswers, nodeMadeAhead, withCertificate(24*time.Hour)), nil, "",
		},
		"a machine that does not join with its certificate gets its token too": {
			given(withBootFile, isRunning, apiServerAnswers, nodeMadeAhead, withCertificate(23*time.Hour)), []step{publishToken}, "",
		},
		"the certificate is removed from the Secret when the node is Ready": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, withCertificate(24*time.Hour)), []step{dropCertificate}, "",
		},
		"together with the token, where that was published": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, withCertificate(23*time.Hour), tokenPublished(time.Hour)), []step{revokeToken}, "",
		},
		"the token is published as soon as the API server answers": {
			given(withBootFile, isRunning, apiServerAnswers, nodeMadeAhead), []step{publishToken}, "",
		},
		"a token that is published is not published again": {
			given(withBootFile, isRunning, apiServerAnswers, nodeMadeAhead, tokenPublished(time.Hour)), nil, "",
		},
		"a token that expires soon is published again while the node is not Ready": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, notReady, synced, tokenPublished(10*time.Minute)), []step{publishToken}, "",
		},
		"the token is revoked when the node is Ready": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, tokenPublished(time.Hour)), []step{revokeToken}, "",
		},
		"a node that is Ready and in sync is left alone": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced), nil, "",
		},
		"the token is published again when a node is no longer Ready": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, notReady, synced), []step{publishToken}, "",
		},
		"the node of a machine that is about to join is made ahead": {
			given(withBootFile, isRunning, apiServerAnswers, withCertificate(24*time.Hour)), []step{makeNode}, "",
		},
		"also while the machine is being started": {
			given(withBootFile, starting, apiServerAnswers, withCertificate(24*time.Hour)), []step{makeNode}, "",
		},
		"but not while no host has capacity for it": {
			given(withBootFile, apiServerAnswers, withCertificate(24*time.Hour), func(f *facts) {
				f.instance = provider.State{Phase: provider.Pending, Disk: true, Reason: provider.Unschedulable}
			}), nil, "",
		},
		"a node that was deleted by hand is left to its kubelet": {
			given(withBootFile, isRunning, apiServerAnswers, onceRegistered, tokenPublished(time.Hour)), nil, "",
		},
		"a node that its kubelet registered itself gets its Pods' addresses": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, func(f *facts) { f.node.Spec.PodCIDR = "" }), []step{givePodCIDR}, "",
		},
		"a node that lacks its labels is synced": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode), []step{syncNode}, "",
		},
		"the node of an earlier machine is deleted before the token is published": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, ofEarlierMachine), []step{deleteNode}, "the node of an earlier machine to be removed",
		},
		"a machine of before there were tokens for the registry gets one": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, pulls(0)), []step{renewPullToken}, "",
		},
		"a token for the registry that is new is kept": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, pulls(pulltoken.Lifetime)), nil, "",
		},
		"a token for the registry is renewed before it expires, also while the API server is away": {
			given(withBootFile, isRunning, pulls(pulltoken.Renew-time.Minute)), []step{renewPullToken}, "the cluster's API server to answer",
		},
		"a token for the registry waits for what else is written to its Secret": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, tokenPublished(time.Hour), pulls(0)), []step{revokeToken}, "",
		},
		"a machine is given the authorities that its cluster says": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, toldOf("new, old")), []step{giveTrust}, "",
		},
		"and given them once": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, toldOf("new, old"), func(f *facts) { f.file.Trust = "new, old" }), nil, "",
		},
		"authorities that the control plane does not work with yet are kept from it": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, toldOf("new")), nil, "",
		},
		"they wait for what else is written to its Secret": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, toldOf("new, old"), tokenPublished(time.Hour)), []step{revokeToken}, "",
		},
		"a machine that is being deleted gets no token for the registry": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(0), cordoned, pulls(0)), []step{deleteInstance}, "the machine and its disk to be deleted",
		},
		"a machine whose cluster is being deleted waits for its own deletion": {
			given(withBootFile, isRunning, clusterDeleted), nil, "the cluster to be deleted",
		},
		"a deleted machine is cordoned first": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(0)), []step{cordon}, "the node to be cordoned",
		},
		"then its Pods are evicted": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(0), cordoned, withPods), []step{evict}, "waiting for the node's Pods to end",
		},
		"they are deleted where the pool's deletion ignores disruption budgets": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(0), cordoned, withPods, func(f *facts) { f.ignoreBudgets = true }),
			[]step{deletePods}, "waiting for the node's Pods to end",
		},
		"then the machine and its disk are deleted": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(0), cordoned), []step{deleteInstance}, "the machine and its disk to be deleted",
		},
		"then its node, its token, its boot file and its finalizer are removed": {
			given(withBootFile, apiServerAnswers, readyNode, deleted(0), cordoned, tokenPublished(time.Hour), absent), []step{deleteNode, revokeToken, deleteFile, removeFinalizer}, "",
		},
		"scaling down respects a disruption budget beyond the drain timeout": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(drainTimeout), cordoned, withPods), []step{evict}, "waiting for the node's Pods to end",
		},
		"deleting a pool ends the drain after its timeout": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(drainTimeout), cordoned, withPods, scaleSetDeleted), []step{deleteInstance}, "the machine and its disk to be deleted",
		},
		"a node that is not Ready is not drained": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, notReady, deleted(0), withPods), []step{deleteInstance}, "the machine and its disk to be deleted",
		},
		"a machine that never joined is deleted without its API server": {
			given(withBootFile, starting, deleted(0)), []step{deleteInstance}, "the machine and its disk to be deleted",
		},
		"a node that was made ahead is removed too": {
			given(withBootFile, absent, apiServerAnswers, nodeMadeAhead, deleted(0)), []step{deleteNode, deleteFile, removeFinalizer}, "",
		},
		"so its API server is waited for": {
			given(withBootFile, starting, deleted(0), onceMadeAhead), nil, "the cluster's API server to answer, to drain the node",
		},
		"a node whose API server does not answer is waited for": {
			given(withBootFile, isRunning, deleted(0), onceRegistered), nil, "the cluster's API server to answer, to drain the node",
		},
		"a machine of a cluster that is being deleted is deleted at once": {
			given(withBootFile, isRunning, deleted(0), onceRegistered, clusterDeleted), []step{deleteInstanceAtOnce}, "the machine and its disk to be deleted",
		},
		"a deleted machine leaves what something else has under its name": {
			given(absent, foreign, deleted(0), clusterDeleted), []step{removeFinalizer}, "",
		},
		"a machine whose cluster does not exist needs no hosted API server": {
			given(withBootFile, absent, deleted(0), onceRegistered, func(f *facts) { f.cluster = nil }), []step{deleteFile, removeFinalizer}, "",
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

func TestDecideAgain(t *testing.T) {
	for sentence, c := range map[string]struct {
		facts facts
		want  time.Duration
	}{
		"what sends an event is not polled":                     {given(), 0},
		"an authority that another controller makes is":         {given(func(f *facts) { f.clusterCA = "" }), soon},
		"a token is looked at before it expires":                {given(withBootFile, isRunning, apiServerAnswers), bootstrap.Lifetime - bootstrap.Renew},
		"a machine that should join with its certificate too":   {given(withBootFile, isRunning, apiServerAnswers, nodeMadeAhead, withCertificate(24*time.Hour)), 10 * time.Minute},
		"a disk that is being deleted is looked at soon":        {given(withBootFile, apiServerAnswers, diskDeleting), soon},
		"a token for the registry is looked at when it is due":  {given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, pulls(pulltoken.Lifetime)), pulltoken.Lifetime - pulltoken.Renew},
		"also after it was renewed":                             {given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, pulls(0)), pulltoken.Lifetime - pulltoken.Renew},
		"soon, if its Secret is written for another reason":     {given(withBootFile, isRunning, apiServerAnswers, pulls(0)), soon},
		"what has to be looked at earlier is":                   {given(withBootFile, isRunning, apiServerAnswers, tokenPublished(time.Hour), pulls(pulltoken.Lifetime)), bootstrap.Lifetime - bootstrap.Renew},
		"a drain is looked at every few seconds":                {given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(0), cordoned, withPods), draining},
		"an API server that is away is asked again in a minute": {given(withBootFile, isRunning, deleted(0), onceRegistered), time.Minute},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := decide(c.facts, now).recheck; got != c.want {
				t.Errorf("decides again after %s, want %s", got, c.want)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	tests := map[string]struct {
		facts                      facts
		running, registered, ready string
	}{
		"a machine that has not started says what it waits for": {
			given(func(f *facts) { f.clusterCA = "" }), "waiting for the cluster's certificate authority",
			"waiting for the cluster's API server to answer", "waiting for the cluster's API server to answer",
		},
		"a machine that no host has capacity for says so": {
			given(withBootFile, func(f *facts) {
				f.instance = provider.State{Phase: provider.Pending, Reason: "Unschedulable", Message: "no capacity"}
			}),
			"no capacity", "waiting for the cluster's API server to answer", "waiting for the cluster's API server to answer",
		},
		"all conditions of a Ready node are true": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced), "the machine runs", "the machine is a node of its cluster", "kubelet is ready",
		},
		"a machine whose node was left by an earlier one says so": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, synced, ofEarlierMachine), "the machine runs",
			"waiting for the node of an earlier machine to be removed", "the machine is not a node",
		},
		"a machine whose kubelet has not registered yet says so": {
			given(withBootFile, isRunning, apiServerAnswers), "the machine runs", "waiting for the machine's kubelet to register its node", "the machine is not a node",
		},
		"a machine whose kubelet has not taken its node over yet says so": {
			given(withBootFile, isRunning, apiServerAnswers, nodeMadeAhead), "the machine runs",
			"waiting for the machine's kubelet to take over its node", "the machine is not a node",
		},
		"a node whose kubelet has not reported yet says so": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, func(f *facts) { f.node.Status.Conditions = nil }), "the machine runs",
			"the machine is a node of its cluster", "the kubelet has not reported yet",
		},
		"what was known stays while the API server is away": {
			given(withBootFile, isRunning, onceRegistered), "the machine runs", "", "waiting for the cluster's API server to answer",
		},
		"a node that was deleted is not reported like one that never registered": {
			given(withBootFile, isRunning, apiServerAnswers, onceRegistered), "the machine runs", "the node object was deleted; the machine's kubelet is started again and registers a new one", "the machine is not a node",
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

func TestDrained(t *testing.T) {
	for sentence, c := range map[string]struct {
		facts   facts
		status  metav1.ConditionStatus
		message string
	}{
		"a machine is not drained before its node is cordoned": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(0)), metav1.ConditionFalse, "the node to be cordoned",
		},
		"a machine is not drained while Pods are evicted": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(0), cordoned, withPods), metav1.ConditionFalse, "waiting for the node's Pods to end",
		},
		"a machine without Pods is drained": {
			given(withBootFile, isRunning, apiServerAnswers, readyNode, deleted(0), cordoned), metav1.ConditionTrue, "nothing is left to drain",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			describe(c.facts, decide(c.facts, now), metav1.NewTime(now))
			got := apimeta.FindStatusCondition(c.facts.machine.Status.Conditions, v1alpha1.MachineDrained)
			if got == nil || got.Status != c.status || got.Message != c.message {
				t.Errorf("condition is %+v", got)
			}
		})
	}
}

// given are the facts about a machine that was just made, edited.
func given(edits ...func(*facts)) facts {
	f := facts{
		machine: exampleMachine(), cluster: exampleCluster(), namespace: true, clusterCA: "CA",
		release: &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "v1"}}, instance: provider.State{Phase: provider.Absent, Reason: "NoPod"},
	}
	for _, edit := range edits {
		edit(&f)
	}
	return f
}

func withBootFile(f *facts) {
	f.file = &bootstrap.File{Machine: f.wantedFile(func() bootstrap.Token { return "abcdef.0123456789abcdef" })}
}
func starting(f *facts) {
	f.instance = provider.State{Phase: provider.Pending, Disk: true, Reason: "Starting"}
}
func isRunning(f *facts) {
	f.instance = provider.State{Phase: provider.Running, Disk: true, Address: "100.96.0.7"}
}
func diskDeleting(f *facts) {
	f.instance = provider.State{Phase: provider.Absent, Disk: true, DiskDeleting: true, Reason: "NoPod"}
}
func absent(f *facts)           { f.instance = provider.State{Phase: provider.Absent, Reason: "NoPod"} }
func foreign(f *facts)          { f.namespace, f.foreign = false, true }
func apiServerAnswers(f *facts) { f.known = true }
func scaleSetDeleted(f *facts)  { f.scaleSetDeleted = true }
func withPods(f *facts)         { f.pods = drain.Plan{Evict: make([]corev1.Pod, 1)} }
func cordoned(f *facts)         { f.node.Spec.Unschedulable = true }
func notReady(f *facts)         { f.node.Status.Conditions[0].Status = corev1.ConditionUnknown }
func synced(f *facts)           { f.node, _ = node.Synced(f.node, f.identity()) }
func ofEarlierMachine(f *facts) { f.machine.UID = "another" }
func toldOf(authorities string) func(*facts) {
	return func(f *facts) {
		f.clusterCA = authorities
		f.cluster.Status.Rotation = &v1alpha1.CertificateRotation{Number: 1, Trust: boot.TrustHash("new, old")}
	}
}
func pulls(left time.Duration) func(*facts) {
	return func(f *facts) {
		f.pulls = true
		if left > 0 {
			f.file.Pull = pulltoken.Token{Text: "token", Until: now.Add(left)}
		}
	}
}
func tokenPublished(left time.Duration) func(*facts) {
	return func(f *facts) { f.file.PublishedUntil = now.Add(left) }
}
func withCertificate(left time.Duration) func(*facts) {
	return func(f *facts) { f.file.Certificate = bootstrap.Certificate{PEM: []byte("pem"), Until: now.Add(left)} }
}
func deleted(ago time.Duration) func(*facts) {
	return func(f *facts) { f.machine.DeletionTimestamp = &metav1.Time{Time: now.Add(-ago)} }
}
func clusterDeleted(f *facts) { f.cluster.DeletionTimestamp = &metav1.Time{Time: now} }
func onceRegistered(f *facts) {
	f.machine.Status.Conditions = []metav1.Condition{{Type: v1alpha1.MachineRegistered, Status: metav1.ConditionTrue}}
}
func onceMadeAhead(f *facts) {
	f.machine.Status.Conditions = []metav1.Condition{{Type: v1alpha1.MachineRegistered, Status: metav1.ConditionFalse, Reason: reasonMadeAhead}}
}
func nodeMadeAhead(f *facts) {
	f.node = node.Ahead(node.Machine{Name: f.machine.Spec.Hostname, PodCIDR: "10.244.0.0/24"}, f.identity(), metav1.NewTime(now))
}
func readyNode(f *facts) {
	f.node = &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: f.machine.Spec.Hostname}, Spec: corev1.NodeSpec{PodCIDR: "10.244.0.0/24"}}
	f.node.Status.NodeInfo.KubeletVersion = "v1.37.2"
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
