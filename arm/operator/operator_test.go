package operator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/provider"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

const (
	subscription = "20000000-0000-0000-0000-000000000001"
	operatorsOwn = "30000000-0000-0000-0000-000000000001"
	customer     = "30000000-0000-0000-0000-000000000002"
	clusterURL   = "/subscriptions/" + subscription + "/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
)

var now = metav1.NewTime(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))

// management is a management cluster with one customer's cluster; an etcd Pod that goes, and the one that takes its place.
type management struct{ client.Reader }

func (management) cluster() v1alpha1.ManagedCluster {
	c := v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: 1, UID: "u", CreationTimestamp: now}}
	c.Name = v1alpha1.ObjectName(v1alpha1.ManagedClusterID(subscription, "g", "c"))
	c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name = subscription, "g", "c"
	c.Status.Operations = []v1alpha1.Operation{{Generation: 1, Verb: "Creating", State: "InProgress", StartedAt: now, Waiting: "etcd", CorrelationID: "corr"}}
	return c
}

// Get implements client.Reader.
func (m management) Get(_ context.Context, key client.ObjectKey, o client.Object, _ ...client.GetOption) error {
	found := m.cluster()
	if c, ok := o.(*v1alpha1.ManagedCluster); ok && key.Name == found.Name {
		found.DeepCopyInto(c)
		return nil
	}
	return apierrors.NewNotFound(v1alpha1.GroupVersion.WithResource("x").GroupResource(), key.Name)
}

// List implements client.Reader.
func (m management) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	asked := client.ListOptions{}
	asked.ApplyOptions(options)
	earlier := metav1.NewTime(now.Add(-time.Hour))
	switch list := list.(type) {
	case *v1alpha1.ManagedClusterList:
		list.Items = append(list.Items, m.cluster())
	case *v1alpha1.MachineList:
		list.Items = []v1alpha1.Machine{{Spec: v1alpha1.MachineSpec{Cluster: m.cluster().Name}}, {Spec: v1alpha1.MachineSpec{Cluster: "another"}}}
	case *corev1.NodeList:
		list.Items = []corev1.Node{{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
			{Type: corev1.NodeReady, Status: corev1.ConditionTrue}, {Type: corev1.NodeDiskPressure, Status: corev1.ConditionTrue}}}}}
	case *corev1.PodList:
		own := labels.Set{
			v1alpha1.LabelComponent: "etcd", v1alpha1.LabelCluster: m.cluster().Name, v1alpha1.LabelSubscription: subscription,
		}
		if asked.LabelSelector != nil && asked.LabelSelector.String() == own.String() {
			list.Items = []corev1.Pod{
				{ObjectMeta: metav1.ObjectMeta{Name: "old", CreationTimestamp: now, DeletionTimestamp: &now}},
				{ObjectMeta: metav1.ObjectMeta{Name: "new", CreationTimestamp: earlier}},
			}
		}
	}
	return nil
}

// ask as a principal, without the front door's middlewares.
func ask(t *testing.T, p *Provider, who, url string) (*httptest.ResponseRecorder, error) {
	t.Helper()
	p.Client, p.Clock = management{}, clocktesting.NewFakePassiveClock(now.Time)
	if p.Closing == nil {
		p.Closing = t.Context()
	}
	r := httptest.NewRequest(http.MethodGet, url, nil)
	found, _ := p.Routes().Find(r.Method, r.URL.Path)
	if found == nil {
		t.Fatalf("no route for %s", url)
	}
	w := httptest.NewRecorder()
	return w, found.Handle(w, &route.Request{
		Request: r, Match: *found, Caller: identity.Identity{Principal: who},
		Assignments: []v1alpha1.RoleAssignment{
			{Spec: v1alpha1.RoleAssignmentSpec{Principal: operatorsOwn, Role: identity.Owner, Scope: "/"}},
			{Spec: v1alpha1.RoleAssignmentSpec{Principal: customer, Role: identity.Owner, Scope: "/subscriptions/" + subscription}},
			{Spec: v1alpha1.RoleAssignmentSpec{Principal: customer, Role: identity.Reader, Scope: "/"}},
		},
	})
}

func TestLogs(t *testing.T) {
	for sentence, c := range map[string]struct {
		who, url string
		fails    error
		want     fault.Kind
		body     string
	}{
		"the operator reads a component's log": {who: operatorsOwn, url: clusterURL + "/providers/Lotse.Operations/components/etcd/logs?tailLines=3&previous=true",
			body: "mc-" + management{}.cluster().Name + "/new/etcd tail 3 previous true"},
		"the owner of the subscription does not":     {who: customer, url: clusterURL + "/providers/Lotse.Operations/components/etcd/logs", want: fault.AuthorizationFailed},
		"a node's log is not shown":                  {who: operatorsOwn, url: clusterURL + "/providers/Lotse.Operations/components/kubelet/logs", want: fault.NotFound},
		"a cluster that is not there has none":       {who: operatorsOwn, url: strings.TrimSuffix(clusterURL, "c") + "d/providers/Lotse.Operations/components/etcd/logs", want: fault.ResourceGroupNotFound},
		"a component without a Pod has none":         {who: operatorsOwn, url: clusterURL + "/providers/Lotse.Operations/components/kube-scheduler/logs", want: fault.NotFound},
		"a container that has not started has none":  {who: operatorsOwn, url: clusterURL + "/providers/Lotse.Operations/components/etcd/logs", fails: apierrors.NewBadRequest("waiting to start"), want: fault.NotFound},
		"a management cluster that is down says so":  {who: operatorsOwn, url: clusterURL + "/providers/Lotse.Operations/components/etcd/logs", fails: errors.New("no route"), want: fault.Internal},
		"a number of lines must be one":              {who: operatorsOwn, url: clusterURL + "/providers/Lotse.Operations/components/etcd/logs?tailLines=few", want: fault.InvalidParameter},
		"the customer does not read Lotse's own log": {who: customer, url: "/providers/Lotse.Operations/components/lotse/logs", want: fault.AuthorizationFailed},
		"the customer does not read Lotse's status":  {who: customer, url: "/providers/Lotse.Operations/status", want: fault.AuthorizationFailed},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := &Provider{Logs: func(_ context.Context, namespace, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
				tail := int64(0)
				if o.TailLines != nil {
					tail = *o.TailLines
				}
				text := namespace + "/" + pod + "/" + o.Container + " tail " + string(rune('0'+tail)) + " previous "
				if o.Previous {
					text += "true"
				}
				return io.NopCloser(strings.NewReader(text)), c.fails
			}}
			w, err := ask(t, p, c.who, c.url)
			if c.want == "" && (err != nil || w.Body.String() != c.body) {
				t.Errorf("got %q, %v", w.Body, err)
			}
			if c.want != "" && (err == nil || fault.Of(err).Kind != c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestFollowedLogEndsWithTheFrontDoor: it would keep the process from ending.
func TestFollowedLogEndsWithTheFrontDoor(t *testing.T) {
	closing, shut := context.WithCancel(t.Context())
	p := &Provider{Closing: closing, Logs: func(ctx context.Context, _, _ string, _ *corev1.PodLogOptions) (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			_, _ = io.WriteString(w, "a line\n")
			shut()
			<-ctx.Done()
			_ = w.CloseWithError(ctx.Err())
		}()
		return r, nil
	}}
	url := clusterURL + "/providers/Lotse.Operations/components/etcd/logs?follow=true"
	w, err := ask(t, p, operatorsOwn, url)
	if err != nil || w.Body.String() != "a line\n" || !w.Flushed {
		t.Errorf("got %q, flushed %v, %v", w.Body, w.Flushed, err)
	}
	if !Streams(httptest.NewRequest(http.MethodGet, url, nil)) || Streams(httptest.NewRequest(http.MethodGet, clusterURL+"?follow=true", nil)) {
		t.Error("requests that may last are not recognized")
	}
}

func TestStatus(t *testing.T) {
	c := management{}.cluster()
	idle := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Name: "idle", CreationTimestamp: now}}
	objects := func(context.Context) ([]provider.Object, error) {
		return []provider.Object{{ID: clusterURL, Object: &c}, {ID: "idle", Object: idle}}, nil
	}
	registered := []provider.Registration{{Namespace: "A", Operations: []provider.Operations{{Kind: "mc", Objects: objects}}}, {Namespace: "B"}}
	w, err := ask(t, &Provider{Registered: registered}, operatorsOwn, "/providers/Lotse.Operations/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"waiting":"etcd"`, `"correlationId":"corr"`, `"machines":{"Pending":1}`, `"trouble":["DiskPressure"]`, `"id":"` + clusterURL + `"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the status lacks %s: %s", want, w.Body)
		}
	}
	if strings.Contains(w.Body.String(), `"idle"`) {
		t.Errorf("an operation that has ended is shown as running: %s", w.Body)
	}
}
