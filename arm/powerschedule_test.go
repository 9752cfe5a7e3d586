package arm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/powerschedule"
)

const everyDay = `["Sunday","Monday","Tuesday","Wednesday","Thursday","Friday","Saturday"]`

// powerSchedule is a child of a cluster, as maintenance configurations are.
func powerSchedule(t *testing.T, w *world) {
	token, path := w.token(admin), mc+"/powerSchedules/default"+v
	w.want(t, w.do(token, "GET", path, ""), 404, "ResourceNotFound")
	w.want(t, w.do(w.token(reader), "PUT", path, `{}`), 403, "AuthorizationFailed")
	put := w.want(t, w.do(token, "PUT", path, `{"properties":{"timeZone":"Europe/Berlin","stop":[{"daysOfWeek":`+everyDay+`,"time":"19:00"}]}}`), 200, "")
	if put.at("properties.enabled") != true || put.at("properties.nextStop") == nil || put.at("properties.nextStart") != nil || put.at("properties.stop.0.time") != "19:00" {
		t.Errorf("got %s", put.body)
	}
	same := w.want(t, w.do(token, "PUT", path, string(put.body), "If-Match", put.Header.Get("ETag")), 200, "")
	if same.Header.Get("ETag") != put.Header.Get("ETag") {
		t.Error("sending back what was read changed it")
	}
	list := w.want(t, w.do(token, "GET", mc+"/powerSchedules"+v, ""), 200, "")
	if list.at("value.0.name") != "default" || list.at("value.1") != nil {
		t.Errorf("got %s", list.body)
	}
	off := w.want(t, w.do(token, "PUT", path, `{"properties":{"enabled":false,"utcOffset":"+01:00","start":[{"daysOfWeek":["Monday"],"time":"07:00"}]}}`), 200, "")
	if off.at("properties.enabled") != false || off.at("properties.nextStart") != nil || off.at("properties.stop") != nil {
		t.Errorf("got %s", off.body)
	}
	for body, target := range map[string]string{
		`{}`: "properties.stop",
		`{"properties":{"stop":[{"daysOfWeek":["Monday"],"time":"19:00"}]}}`:                                                                         "properties.timeZone",
		`{"properties":{"timeZone":"Mars/Olympus","stop":[{"daysOfWeek":["Monday"],"time":"19:00"}]}}`:                                               "properties.timeZone",
		`{"properties":{"utcOffset":"+1","stop":[{"daysOfWeek":["Monday"],"time":"19:00"}]}}`:                                                        "properties.utcOffset",
		`{"properties":{"utcOffset":"+01:00","stop":[{"daysOfWeek":["Montag"],"time":"19:00"}]}}`:                                                    "properties.stop[0].daysOfWeek",
		`{"properties":{"utcOffset":"+01:00","stop":[{"daysOfWeek":["Monday"],"time":"19"}]}}`:                                                       "properties.stop[0].time",
		`{"properties":{"utcOffset":"+01:00","stop":[{"daysOfWeek":["Monday"],"time":"19:00"}],"start":[{"daysOfWeek":["Monday"],"time":"19:00"}]}}`: "properties.start[0].time",
	} {
		if refused := w.want(t, w.do(token, "PUT", path, body), 400, "InvalidParameter"); refused.at("error.target") != target {
			t.Errorf("%s: got %s", body, refused.body)
		}
	}
	w.want(t, w.do(token, "PUT", mc+"/powerSchedules/other"+v, `{}`), 400, "InvalidParameter")
	w.want(t, w.do(token, "DELETE", mc+"/powerSchedules/other"+v, ""), 204, "")
	w.want(t, w.do(token, "DELETE", path, ""), 200, "")
	w.want(t, w.do(token, "DELETE", path, ""), 204, "")
}

// scheduled is a cluster with a schedule, and the controller that follows it with a clock of its own.
type scheduled struct {
	poolsWorld
	t          *testing.T
	clock      *clocktesting.FakePassiveClock
	reconciler *powerschedule.Reconciler
	key        client.ObjectKey
}

// followedSchedule: each time of a schedule is an operation like that of a request, and happens once.
func followedSchedule(t *testing.T, w *world) {
	s := scheduled{poolsWorld: w.poolsOf(t, "nightly", systemPool("sys")), t: t, clock: clocktesting.NewFakePassiveClock(time.Now())}
	s.reconciler = &powerschedule.Reconciler{Client: w.client, Clock: s.clock, Switch: w.front}
	c := &v1alpha1.ManagedCluster{Spec: v1alpha1.ManagedClusterSpec{SubscriptionID: sub1, ResourceGroup: "rg1", Name: "nightly"}}
	s.key = client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(c.PowerScheduleID())}
	s.stopsAndStarts()
	s.yieldsToAPerson()
	s.waitsForItsTurn()
	s.needsASubscription()
	w.succeed(t, s.token, w.want(t, w.do(s.token, "DELETE", s.cluster+v, ""), 202, ""))
	s.reconcile() // it finds no cluster, and does nothing
}

// stopsAndStarts days ahead of real time.
func (s *scheduled) stopsAndStarts() {
	s.t.Helper()
	s.set("19:00", "07:00")
	s.reconcile()
	if got := s.shown(); got.at("properties.last") != nil || s.power() != "Running" {
		s.t.Errorf("before its first time it did %s", got.body)
	}
	for range 2 {
		s.passTo("nextStop")
		s.reconcile()
		s.reconcile() // once, however often it is looked at
		s.becomes("Stopped")
		s.last("Stopped", "Requested")
		s.passTo("nextStart")
		s.reconcile()
		s.becomes("Running")
		s.last("Running", "Requested")
	}
	s.auditedAs("stop", 2)
	s.auditedAs("start", 2)
}

// yieldsToAPerson who started the cluster after the time of a stop that was missed. A lost status changes nothing of that.
func (s *scheduled) yieldsToAPerson() {
	s.t.Helper()
	s.clock.SetTime(time.Now())
	s.set(s.hoursAgo(1), s.hoursAgo(20))
	s.writtenLongAgo()
	s.succeed(s.t, s.token, s.want(s.t, s.do(s.token, "POST", s.cluster+"/stop"+v, ""), 202, ""))
	s.succeed(s.t, s.token, s.want(s.t, s.do(s.token, "POST", s.cluster+"/start"+v, ""), 202, ""))
	s.reconcile()
	if s.last("Stopped", "Overruled"); s.power() != "Running" {
		s.t.Error("a person's start was undone")
	}
}

// waitsForItsTurn while an operation is in progress, says so, and is recognized if the answer was lost.
func (s *scheduled) waitsForItsTurn() {
	s.t.Helper()
	s.clock.SetTime(time.Now().Add(10 * 24 * time.Hour)) // all that persons did is old
	s.set(s.hoursAgo(1), s.hoursAgo(20))
	s.writtenLongAgo()
	s.operator.paused.Store(true)
	tags := s.want(s.t, s.do(s.token, "PATCH", s.cluster+v, `{"tags":{"busy":"yes"}}`), 200, "")
	s.reconcile()
	waiting := s.shown()
	if m, _ := waiting.at("properties.waiting.message").(string); !strings.Contains(m, "in progress update managed cluster operation") || waiting.at("properties.last") != nil {
		s.t.Errorf("got %s", waiting.body)
	}
	s.operator.paused.Store(false)
	s.succeed(s.t, s.token, tags)
	s.reconcile()
	s.becomes("Stopped")
	s.last("Stopped", "Requested")
	s.forget()
	s.reconcile()
	s.last("Stopped", "Requested")
	s.auditedAs("stop", 3)
}

// needsASubscription that is registered, as requests do, and capacity for a start.
func (s *scheduled) needsASubscription() {
	s.t.Helper()
	s.clock.SetTime(time.Now().Add(20 * 24 * time.Hour))
	s.set(s.hoursAgo(10), s.hoursAgo(1))
	s.writtenLongAgo()
	s.state(v1alpha1.SubscriptionSuspended)
	s.reconcile()
	if m, _ := s.shown().at("properties.waiting.message").(string); !strings.Contains(m, "is in state 'Suspended'") {
		s.t.Errorf("it waits for %q", m)
	}
	s.state(v1alpha1.SubscriptionRegistered)
	removeHost := s.host(s.t, 1)
	s.reconcile()
	if m, _ := s.shown().at("properties.waiting.message").(string); !strings.Contains(m, "no capacity") {
		s.t.Errorf("it waits for %q", m)
	}
	removeHost()
	s.clock.SetTime(s.clock.Now().Add(powerschedule.Patience))
	s.reconcile()
	s.last("Running", "Missed")
	if s.power() != "Stopped" {
		s.t.Error("a start was not missed after all")
	}
}

func (s *scheduled) set(stop, start string) {
	s.t.Helper()
	body := fmt.Sprintf(`{"properties":{"utcOffset":"+00:00","stop":[{"daysOfWeek":%[1]s,"time":%[2]q}],"start":[{"daysOfWeek":%[1]s,"time":%[3]q}]}}`, everyDay, stop, start)
	s.want(s.t, s.do(s.token, "PUT", s.cluster+"/powerSchedules/default"+v, body), 200, "")
	s.forget()
}

// hoursAgo is a time of day.
func (s *scheduled) hoursAgo(hours int) string {
	return s.clock.Now().UTC().Add(-time.Duration(hours) * time.Hour).Format("15:04")
}

func (s *scheduled) object() *v1alpha1.PowerSchedule {
	s.t.Helper()
	o := &v1alpha1.PowerSchedule{}
	must(s.t, s.client.Get(s.t.Context(), s.key, o))
	return o
}

// writtenLongAgo makes times that have passed count.
func (s *scheduled) writtenLongAgo() {
	s.t.Helper()
	o := s.object()
	o.Spec.WrittenAt = metav1.NewTime(s.clock.Now().Add(-100 * time.Hour))
	must(s.t, s.client.Update(s.t.Context(), o))
}

// forget what became of earlier times, as if the controller had ended before it could write that down.
func (s *scheduled) forget() {
	s.t.Helper()
	o := s.object()
	o.Status = v1alpha1.PowerScheduleStatus{}
	must(s.t, s.client.Status().Update(s.t.Context(), o))
}

func (s *scheduled) state(to v1alpha1.SubscriptionState) {
	s.t.Helper()
	sub := &v1alpha1.Subscription{}
	must(s.t, s.client.Get(s.t.Context(), client.ObjectKey{Name: sub1}, sub))
	sub.Spec.State = to
	must(s.t, s.client.Update(s.t.Context(), sub))
}

func (s *scheduled) reconcile() {
	s.t.Helper()
	_, err := s.reconciler.Reconcile(s.t.Context(), ctrl.Request{NamespacedName: s.key})
	must(s.t, err)
}

func (s *scheduled) shown() answer {
	s.t.Helper()
	return s.want(s.t, s.do(s.token, "GET", s.cluster+"/powerSchedules/default"+v, ""), 200, "")
}

func (s *scheduled) power() any {
	s.t.Helper()
	return s.want(s.t, s.do(s.token, "GET", s.cluster+v, ""), 200, "").at("properties.powerState.code")
}

// becomes waits until the cluster is in a power state, and no operation of it or of its pool is in progress.
func (s *scheduled) becomes(state string) {
	s.t.Helper()
	s.until(s.t, "the cluster to be "+state, func() bool {
		c := s.do(s.token, "GET", s.cluster+v, "")
		return c.at("properties.powerState.code") == state && c.at("properties.provisioningState") == "Succeeded" &&
			c.at("properties.agentPoolProfiles.0.provisioningState") == "Succeeded"
	})
}

// passTo a minute after the next stop or start, as the controller's clock sees it: the front door's shows the one after its own time.
func (s *scheduled) passTo(which string) {
	s.t.Helper()
	next, err := time.Parse(time.RFC3339, s.shown().at("properties."+which).(string))
	must(s.t, err)
	for !next.After(s.clock.Now()) {
		next = next.Add(24 * time.Hour)
	}
	s.clock.SetTime(next.Add(time.Minute))
}

func (s *scheduled) last(state, result string) {
	s.t.Helper()
	if got := s.shown(); got.at("properties.last.powerState") != state || got.at("properties.last.result") != result || got.at("properties.waiting") != nil {
		s.t.Errorf("got %s, want %s %s", got.body, state, result)
	}
}

// auditedAs finds the lines that answered the schedule's requests.
func (s *scheduled) auditedAs(verb string, want int) {
	s.t.Helper()
	all := s.want(s.t, s.do(s.token, "GET", "/providers/Lotse.Audit/records"+ownV+"&principal=power-schedule&$top=100", ""), 200, "")
	records, _ := all.at("value").([]any)
	answered := 0
	for _, r := range records {
		line := fmt.Sprint(r)
		if strings.Contains(line, "managedClusters/"+verb+"/action") && strings.Contains(line, "stage:answered") && strings.Contains(line, "correlationId:power-schedule."+verb+".") {
			answered++
		}
	}
	if answered != want {
		s.t.Errorf("%d of %d lines are answers to a %s: %s", answered, len(records), verb, all.body)
	}
}
