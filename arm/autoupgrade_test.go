package arm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm"
	"lotse.dev/autoupgrade"
	"lotse.dev/autoupgrade/brake"
)

// newestRelease of the stories about channels, beside those that the world has.
const newestRelease, newestVersion, newestImage = "newest-1.37", "1.37.9", "LotseDebian-12-202612.7.0"

// channelled is a cluster with a channel, and the controller that follows it, days after its releases were added.
type channelled struct {
	poolsWorld
	t          *testing.T
	clock      *clocktesting.FakePassiveClock
	recorder   *events.FakeRecorder
	reconciler *autoupgrade.Reconciler
	key        client.ObjectKey
}

// channelledCluster is at 1.37.0.
func channelledCluster(t *testing.T, w *world, name, profile string) *channelled {
	t.Helper()
	s := &channelled{poolsWorld: poolsWorld{w, w.token(admin), rg + clustersOf + name}, t: t, recorder: events.NewFakeRecorder(100)}
	s.clock = clocktesting.NewFakePassiveClock(time.Now().Add(48 * time.Hour))
	s.key = client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(s.cluster)}
	body := fmt.Sprintf(`{"location":"local","properties":{"kubernetesVersion":"1.37.0","autoUpgradeProfile":%s,"agentPoolProfiles":[%s]}}`, profile, systemPool("sys"))
	created := w.want(t, w.do(s.token, "PUT", s.cluster+v, body), 201, "")
	w.succeed(t, s.token, created)
	s.reconciler = s.controller(w.client, w.front)
	return s
}

func (s *channelled) controller(c client.Client, door *arm.Server) *autoupgrade.Reconciler {
	return &autoupgrade.Reconciler{Client: c, Live: c, Clock: s.clock, Recorder: s.recorder, Upgrades: door, MaxPercent: 100}
}

func (s *channelled) remove() {
	s.t.Helper()
	s.succeed(s.t, s.token, s.want(s.t, s.do(s.token, "DELETE", s.cluster+v, ""), 202, ""))
	s.reconcile() // it finds no cluster, and does nothing
}

func (s *channelled) reconcile() {
	s.t.Helper()
	_, err := s.reconciler.Reconcile(s.t.Context(), ctrl.Request{NamespacedName: s.key})
	must(s.t, err)
}

func (s *channelled) shown() answer {
	s.t.Helper()
	return s.want(s.t, s.do(s.token, "GET", s.cluster+v, ""), 200, "")
}

// says what the next upgrade is, and why.
func (s *channelled) says(sort, to, message string) {
	s.t.Helper()
	s.reconcile()
	next := "properties.lotseProfile.autoUpgrade." + sort
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) { // reads may lag behind the controller's writes
		got := s.shown()
		shown, _ := got.at(next + ".to").(string)
		why, _ := got.at(next + ".message").(string)
		if shown == to && strings.Contains(why, message) {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("next is %v, want %s: %s", got.at(next), to, message)
		}
	}
}

func (s *channelled) object() *v1alpha1.ManagedCluster {
	s.t.Helper()
	c := &v1alpha1.ManagedCluster{}
	must(s.t, s.client.Get(s.t.Context(), s.key, c))
	return c
}

// has waits until the cluster has a version everywhere, and nothing is in progress.
func (s *channelled) has(version string) {
	s.t.Helper()
	s.until(s.t, "the cluster to have "+version, func() bool {
		c := s.shown()
		return c.at("properties.currentKubernetesVersion") == version && c.at("properties.provisioningState") == "Succeeded" &&
			c.at("properties.agentPoolProfiles.0.currentOrchestratorVersion") == version && c.at("properties.agentPoolProfiles.0.provisioningState") == "Succeeded"
	})
}

// newest adds a patch with a newer node image, until the story ends.
func (w *world) newest(t *testing.T) *v1alpha1.Release {
	r := &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: newestRelease}, Spec: v1alpha1.ReleaseSpec{
		KubernetesVersion: newestVersion, NodeImageVersion: newestImage, Images: map[string]string{"node": "x", v1alpha1.ImageRunCommand: "runcommand:1"}}}
	w.create(r)
	t.Cleanup(func() { _ = w.client.Delete(context.Background(), r) }) // it may be gone
	return r
}

// followedChannels: what a channel leads to is an operation like that of a request, happens once, in a window, and when nothing is in its way.
func followedChannels(t *testing.T, w *world) {
	s := channelledCluster(t, w, "channels", `{"upgradeChannel":"Patch","nodeOSUpgradeChannel":"NodeImage"}`)
	if got := s.shown(); got.at("properties.autoUpgradeProfile.upgradeChannel") != "patch" || got.at("properties.autoUpgradeProfile.nodeOSUpgradeChannel") != "NodeImage" {
		t.Errorf("got %s", got.body)
	}
	s.waitsForItsWindow()
	s.waitsForOthers()
	s.becomesNewer()
	s.getsNodeImages()
	s.want(t, s.do(s.token, "PUT", s.cluster+v, `{"location":"local","properties":{"autoUpgradeProfile":{"upgradeChannel":"node-image","nodeOSUpgradeChannel":"SecurityPatch"}}}`), 400, "InvalidParameter")
	s.succeed(t, s.token, s.want(t, s.do(s.token, "PUT", s.cluster+v, `{"location":"local","properties":{"autoUpgradeProfile":{"upgradeChannel":"none","nodeOSUpgradeChannel":"None"}}}`), 200, ""))
	s.reconcile()
	if next := s.object().Status.AutoUpgrade; next != nil {
		t.Errorf("without a channel the next upgrade is %+v", next)
	}
	s.remove()
}

func (s *channelled) waitsForItsWindow() {
	s.t.Helper()
	path := s.cluster + "/maintenanceConfigurations/aksManagedAutoUpgradeSchedule" + v
	day := s.clock.Now().UTC().AddDate(0, 0, 3).Weekday().String()
	s.want(s.t, s.do(s.token, "PUT", path, fmt.Sprintf(`{"properties":{"maintenanceWindow":{"durationHours":4,"utcOffset":"+00:00","startTime":"02:00",
		"schedule":{"weekly":{"intervalWeeks":1,"dayOfWeek":%q}}}}}`, day)), 200, "")
	generation := s.object().Generation
	s.says("kubernetes", "1.37.2", "in the window of maintenance configuration aksManagedAutoUpgradeSchedule from ")
	at, err := time.Parse(time.RFC3339, s.shown().at("properties.lotseProfile.autoUpgrade.kubernetes.at").(string))
	if err != nil || at.Weekday().String() != day || at.Hour() < 2 || at.Hour() >= 4 || s.object().Generation != generation {
		s.t.Fatalf("it begins at %s, %v; generation %d", at, err, s.object().Generation)
	}
	s.clock.SetTime(at.Add(-time.Second))
	s.says("kubernetes", "1.37.2", "It begins at")
	s.clock.SetTime(at)
}

// waitsForOthers: operations, people who suspended the subscription, and other clusters whose turn it is.
func (s *channelled) waitsForOthers() {
	s.t.Helper()
	s.operator.paused.Store(true)
	tags := s.want(s.t, s.do(s.token, "PATCH", s.cluster+v, `{"tags":{"busy":"yes"}}`), 200, "")
	s.says("kubernetes", "1.37.2", "There is an in progress update operation of the cluster.")
	s.operator.paused.Store(false)
	s.succeed(s.t, s.token, tags)
	suspended := scheduled{poolsWorld: s.poolsWorld, t: s.t}
	suspended.state(v1alpha1.SubscriptionSuspended)
	s.says("kubernetes", "1.37.2", "It was refused, and is tried again: ")
	suspended.state(v1alpha1.SubscriptionRegistered)

	other := channelledCluster(s.t, s.world, "channels-other", `{"upgradeChannel":"rapid"}`)
	s.operator.paused.Store(true)
	other.reconcile()
	s.reconciler.MaxPercent = 0
	s.says("kubernetes", "1.37.2", "It waits for its turn: other clusters are being upgraded")
	s.reconciler.MaxPercent = 100
	s.operator.paused.Store(false)
	other.has("1.37.2")
	other.remove()
}

func (s *channelled) becomesNewer() {
	s.t.Helper()
	generation := s.object().Generation
	s.operator.paused.Store(true)
	s.reconcile()
	s.reconcile() // once, however often it is looked at
	c := s.object()
	if c.Generation != generation+1 || s.shown().at("properties.provisioningState") != "Upgrading" || c.Annotations[v1alpha1.AnnotationCorrelationID] != "auto-upgrade.1.37.2" {
		s.t.Errorf("generation %d after %d, %v: %s", c.Generation, generation, c.Annotations, s.shown().body)
	}
	s.operator.paused.Store(false)
	s.has("1.37.2")
	s.says("kubernetes", "", "Nothing to do: of the patches of 1.37 that are installed none is newer than 1.37.2.")
	if event := <-s.recorder.Events; event != "Normal AutomaticUpgrade Upgrading to Kubernetes 1.37.2 by the cluster's channel" || len(s.recorder.Events) > 0 {
		s.t.Errorf("the event is %q, and there are %d more", event, len(s.recorder.Events))
	}
	s.audited("managedClusters/write", "auto-upgrade.1.37.2")
}

func (s *channelled) getsNodeImages() {
	s.t.Helper()
	image := &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "newer-image-1.37.2"}, Spec: v1alpha1.ReleaseSpec{
		KubernetesVersion: "1.37.2", NodeImageVersion: newestImage, Images: map[string]string{"node": "y"}}}
	time.Sleep(time.Second) // creation times have seconds, and the newer of two builds is the newest
	s.create(image)
	defer func() { must(s.t, s.client.Delete(s.t.Context(), image)) }()
	s.reconcile()
	s.until(s.t, "the pool to have the newer image", func() bool {
		return s.poolRelease(s.t, s.cluster, "sys") == image.Name && s.do(s.token, "GET", s.pool("sys"), "").at("properties.provisioningState") == "Succeeded"
	})
	s.says("nodeImage", "", "Nothing to do: every pool has the newest node image of its version.")
	s.audited("agentPools/upgradeNodeImageVersion/action", "auto-upgrade."+newestImage)
}

// audited finds the line that answered a write; the one before it is left out where there is an answer.
func (s *channelled) audited(action, correlation string) {
	s.t.Helper()
	all := s.want(s.t, s.do(s.token, "GET", "/providers/Lotse.Audit/records"+ownV+"&principal=auto-upgrade&$top=100", ""), 200, "")
	records, _ := all.at("value").([]any)
	found := 0
	for _, r := range records {
		line := fmt.Sprint(r)
		if strings.Contains(line, action) && strings.Contains(line, "correlationId:"+correlation+" ") && strings.Contains(line, "automatic upgrade of cluster channels") {
			found++
		}
	}
	if found == 0 {
		s.t.Errorf("the audit log has %s", all.body)
	}
}

var errDied = errors.New("the process has died")

// dying is an API server that a process asks which dies at one of its calls: before the API server gets it, or before the answer comes.
type dying struct {
	call, at int
	answered bool
}

func (d *dying) do(call func() error) error {
	d.call++
	if d.call > d.at || d.call == d.at && !d.answered {
		return errDied
	}
	if err := call(); err != nil {
		return err
	}
	if d.call == d.at {
		return errDied
	}
	return nil
}

func (d *dying) client(w *world) client.Client {
	c, err := client.NewWithWatch(w.config, client.Options{Scheme: w.client.Scheme()})
	must(w.t, err)
	return interceptor.NewClient(c, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			return d.do(func() error { return c.Get(ctx, key, o, opts...) })
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			return d.do(func() error { return c.List(ctx, list, opts...) })
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			return d.do(func() error { return c.Update(ctx, o, opts...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			return d.do(func() error { return c.SubResource(sub).Patch(ctx, o, p, opts...) })
		},
	})
}

// followedByTheDying: wherever the process dies, the next one goes on, and one upgrade happens.
func followedByTheDying(t *testing.T, w *world) {
	s := channelledCluster(t, w, "dying", `{"upgradeChannel":"patch"}`)
	deaths := 0
	for at, done := 1, false; !done; at++ {
		for _, answered := range []bool{false, true} {
			w.operator.paused.Store(true)
			before := s.object().Generation
			d := &dying{at: at, answered: answered}
			options := w.options
			options.Client = d.client(w)
			door, err := arm.New(options)
			must(t, err)
			d.call = 0
			_, err = s.controller(options.Client, door).Reconcile(t.Context(), ctrl.Request{NamespacedName: s.key})
			if done = d.call < at; !done && err == nil {
				t.Fatalf("it died at call %d, and did not notice", at)
			}
			deaths++
			s.reconcile()
			s.reconcile()
			if after := s.object().Generation; after != before+1 {
				t.Fatalf("died at call %d (%v): %d operations have begun", at, answered, after-before)
			}
			w.operator.paused.Store(false)
			s.has("1.37.2")
			s.back()
		}
	}
	if deaths < 20 {
		t.Errorf("it died %d times only", deaths)
	}
	s.remove()
}

// back to the older version, as no request could.
func (s *channelled) back() {
	s.t.Helper()
	s.until(s.t, "the cluster to be written", func() bool {
		c := s.object()
		c.Spec.KubernetesVersion, c.Spec.Release = "1.37.0", "v1.37.0-0"
		for i := range c.Spec.PoolProfiles {
			c.Spec.PoolProfiles[i].OrchestratorVersion, c.Spec.PoolProfiles[i].Release = "1.37.0", "v1.37.0-0"
		}
		c.Annotations[v1alpha1.AnnotationCorrelationID] = "back"
		return s.client.Update(s.t.Context(), c) == nil
	})
	s.has("1.37.0")
}

// haltedRollout: two of two clusters fail, a third one does not begin until the operator resumes the roll-out.
func haltedRollout(t *testing.T, w *world) {
	release := w.newest(t)
	var all []*channelled
	for _, name := range []string{"halt-1", "halt-2", "halt-3"} {
		all = append(all, channelledCluster(t, w, name, `{"upgradeChannel":"rapid"}`))
	}
	w.operator.fail.Store(&v1alpha1.OperationError{Code: "ControlPlaneNotReady", Message: "etcd does not start."})
	for _, s := range all[:2] {
		s.reconcile()
		s.until(t, "the upgrade to fail", func() bool { return s.shown().at("properties.provisioningState") == "Failed" })
		s.says("kubernetes", "", "The last operation of the cluster has not succeeded") // its spec asks for the newest already
	}
	w.operator.fail.Store(nil)
	recorder := events.NewFakeRecorder(10)
	b := &brake.Reconciler{Client: w.client, Clock: all[0].clock, Recorder: recorder}
	for range 2 {
		_, err := b.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(release)})
		must(t, err)
	}
	third := all[2]
	third.says("kubernetes", newestVersion, "The roll-out of release "+newestRelease+" is halted: 2 of 2 clusters")
	if event := <-recorder.Events; !strings.Contains(event, "Warning RolloutHalted 2 of 2 clusters") || len(recorder.Events) > 0 {
		t.Errorf("the event is %q, and there are %d more", event, len(recorder.Events))
	}
	must(t, w.client.Get(t.Context(), client.ObjectKeyFromObject(release), release))
	release.Resume(third.clock.Now())
	must(t, w.client.Update(t.Context(), release))
	_, err := b.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(release)})
	must(t, err)
	third.reconcile()
	third.has(newestVersion)
	for _, s := range all {
		s.remove()
	}
}
