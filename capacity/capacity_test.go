package capacity

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestFit(t *testing.T) {
	small, large := Request{10, 100 * mebi}, Request{10, 600 * mebi}
	host := func(change ...func(*Host)) Host {
		h := Host{Name: "h", Free: Request{1000, 1000 * mebi}, Pods: 10}
		for _, c := range change {
			c(&h)
		}
		return h
	}
	for sentence, c := range map[string]struct {
		hosts []Host
		want  []Request
		why   string // "" means that all fit
	}{
		"nothing fits anywhere":                                       {nil, nil, ""},
		"what is free can be filled":                                  {[]Host{host()}, slices.Repeat([]Request{small}, 10), ""},
		"one more than the memory holds is one too many":              {[]Host{host(func(h *Host) { h.Pods = 99 })}, slices.Repeat([]Request{small}, 11), "1 of 11 Pods"},
		"one more than the host's Pods is one too many":               {[]Host{host(func(h *Host) { h.Pods = 3 })}, slices.Repeat([]Request{small}, 4), "free are 1000m CPU, 1000 MiB of memory and 3 Pods"},
		"processors run out too":                                      {[]Host{host(func(h *Host) { h.Free.MilliCPU = 5 })}, []Request{small}, "the next one needs 10m CPU"},
		"memory on two hosts is not memory on one":                    {[]Host{host(), host()}, []Request{large, large, large}, "1 of 3 Pods"},
		"large ones are placed before small ones":                     {[]Host{host(), host(func(h *Host) { h.Free.Memory = 400 * mebi })}, []Request{small, small, small, small, large, small}, ""},
		"an unschedulable host takes nothing and the reason is named": {[]Host{host(func(h *Host) { h.Unschedulable = "its disk is nearly full (DiskPressure)" })}, []Request{small}, "a host: its disk is nearly full (DiskPressure)"},
		"of many hosts some are named":                                {slices.Repeat([]Host{{Name: "x"}}, 9), []Request{small}, "and 4 more"},
	} {
		t.Run(sentence, func(t *testing.T) {
			before := slices.Clone(c.hosts)
			got := Fit(c.hosts, c.want)
			if (got == "") != (c.why == "") || !strings.Contains(got, c.why) {
				t.Errorf("got %q, want %q", got, c.why)
			}
			if !slices.Equal(before, c.hosts) {
				t.Error("deciding changed the facts")
			}
		})
	}
}

func TestHosts(t *testing.T) {
	node := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}, Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("1Gi"), corev1.ResourcePods: resource.MustParse("5"),
	}}}
	pod := func(on string, change ...func(*corev1.Pod)) corev1.Pod {
		p := corev1.Pod{Spec: corev1.PodSpec{NodeName: on, Containers: []corev1.Container{
			{Resources: corev1.ResourceRequirements{Requests: Request{100, 64 * mebi}.Resources()}}, {},
		}}}
		for _, c := range change {
			c(&p)
		}
		return p
	}
	initial := func(policy *corev1.ContainerRestartPolicy) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{RestartPolicy: policy, Resources: corev1.ResourceRequirements{Requests: Request{50, 128 * mebi}.Resources()}}}
		}
	}
	condition := func(kind corev1.NodeConditionType, status corev1.ConditionStatus) func(*corev1.Node) {
		return func(n *corev1.Node) { n.Status.Conditions = []corev1.NodeCondition{{Type: kind, Status: status}} }
	}
	for sentence, c := range map[string]struct {
		node          func(*corev1.Node)
		pods          []corev1.Pod
		free          Request
		left          int64
		pending       int
		unschedulable string
	}{
		"an empty node has all it can give":                             {nil, nil, Request{2000, 1024 * mebi}, 5, 0, ""},
		"a Pod takes what it requests":                                  {nil, []corev1.Pod{pod("n")}, Request{1900, 960 * mebi}, 4, 0, ""},
		"a Pod of another node takes nothing":                           {nil, []corev1.Pod{pod("other")}, Request{2000, 1024 * mebi}, 5, 0, ""},
		"a Pod without a node is pending":                               {nil, []corev1.Pod{pod("")}, Request{2000, 1024 * mebi}, 5, 1, ""},
		"a Pod that has ended takes nothing":                            {nil, []corev1.Pod{pod("n", func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed })}, Request{2000, 1024 * mebi}, 5, 0, ""},
		"an init container counts if it requests more":                  {nil, []corev1.Pod{pod("n", initial(nil))}, Request{1900, 896 * mebi}, 4, 0, ""},
		"a sidecar counts in addition":                                  {nil, []corev1.Pod{pod("n", initial(new(corev1.ContainerRestartPolicyAlways)))}, Request{1850, 832 * mebi}, 4, 0, ""},
		"a node with a full disk is unschedulable":                      {condition(corev1.NodeDiskPressure, "True"), nil, Request{2000, 1024 * mebi}, 5, 0, "its disk is nearly full (DiskPressure)"},
		"a node whose disk is not full is schedulable":                  {condition(corev1.NodeDiskPressure, "False"), nil, Request{2000, 1024 * mebi}, 5, 0, ""},
		"a node that has not reported is unschedulable":                 {condition(corev1.NodeReady, "Unknown"), nil, Request{2000, 1024 * mebi}, 5, 0, "it is not Ready"},
		"a cordoned node is unschedulable":                              {func(n *corev1.Node) { n.Spec.Unschedulable = true }, nil, Request{2000, 1024 * mebi}, 5, 0, "it is cordoned"},
		"a tainted node is unschedulable for Pods without a toleration": {func(n *corev1.Node) { n.Spec.Taints = []corev1.Taint{{Key: "k", Effect: "NoSchedule"}} }, nil, Request{2000, 1024 * mebi}, 5, 0, "it has the taint k:NoSchedule"},
	} {
		t.Run(sentence, func(t *testing.T) {
			n := node.DeepCopy()
			if c.node != nil {
				c.node(n)
			}
			hosts, pending := Hosts([]corev1.Node{*n}, c.pods)
			want := Host{Name: "n", Free: c.free, Pods: c.left, Unschedulable: c.unschedulable}
			if hosts[0] != want || len(pending) != c.pending {
				t.Errorf("got %+v and %v pending, want %+v and %d", hosts[0], pending, want, c.pending)
			}
		})
	}
}
