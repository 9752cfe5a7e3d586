package autoupgrade

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/release"
	"lotse.dev/schedule/maintenance"
)

// TestYears lets clusters live for years, while releases are added, people stop them, and operations take their time. An upgrade never begins outside a window,
// never leads beyond the channel, and in the end each cluster has what its channel leads to.
func TestYears(t *testing.T) {
	for seed := range uint64(48) {
		l := newLife(t, seed, uint8(seed), uint8(seed/3), uint8(5*seed))
		for l.f.Now.Before(l.end) {
			l.event()
			l.step()
		}
		l.rest()
	}
}

// life of a cluster.
type life struct {
	t      *testing.T
	random *rand.Rand
	f      Facts
	end    time.Time
	// idle is when the operation in progress ends; zero if there is none.
	idle time.Time
	// newest patch of each minor that was added.
	newest map[int]int
}

func newLife(t *testing.T, seed uint64, zone, channel, schedule uint8) *life {
	l := &life{t: t, random: rand.New(rand.NewPCG(seed, 1)), newest: map[int]int{}}
	l.f = a("1.38.0", with("app", "1.38.0"), with("pin", "1.38.0", pinned))
	l.f.Cluster.UID = types.UID(fmt.Sprint(seed))
	l.f.Cluster.Spec.UpgradeChannel = []string{"patch", "stable", "rapid", "node-image"}[channel%4]
	l.f.Cluster.Spec.NodeOSUpgradeChannel = []string{"NodeImage", "", "SecurityPatch"}[channel/4%3]
	l.f.Now = time.Date(2030, time.Month(1+seed%12), int(1+seed%28), int(seed%24), 0, 0, 0, time.UTC)
	l.end = l.f.Now.AddDate(2, 0, 0)
	l.add(38, 0)
	for i, name := range v1alpha1.MaintenanceNames {
		if schedule>>i&1 == 1 {
			l.f.Maintenance = append(l.f.Maintenance, l.window(name, zones[int(zone)%len(zones)], schedule))
		}
	}
	return l
}

func (l *life) window(name, zone string, schedule uint8) v1alpha1.MaintenanceConfigurationSpec {
	w := &v1alpha1.MaintenanceWindow{
		DurationHours: int32(4 + l.random.IntN(21)), TimeZone: zone, StartDate: "2029-12-01",
		StartTime: fmt.Sprintf("%02d:%02d", l.random.IntN(24), 30*l.random.IntN(2)),
	}
	switch schedule / 8 % 3 {
	case 0:
		w.Schedule.Daily = &v1alpha1.DailySchedule{IntervalDays: int32(1 + l.random.IntN(7))}
	case 1:
		w.Schedule.Weekly = &v1alpha1.WeeklySchedule{IntervalWeeks: int32(1 + l.random.IntN(4)), DayOfWeek: "Sunday"}
	case 2:
		w.Schedule.RelativeMonthly = &v1alpha1.RelativeMonthlySchedule{IntervalMonths: 1, WeekIndex: "Last", DayOfWeek: "Sunday"}
	}
	if l.random.IntN(2) == 0 {
		w.NotAllowedDates = []v1alpha1.DateSpan{{Start: "2030-03-20", End: "2030-04-10"}, {Start: "2030-12-20", End: "2031-01-06"}}
	}
	return v1alpha1.MaintenanceConfigurationSpec{Name: name, MaintenanceWindow: w}
}

// add a release now, with a node image of its own.
func (l *life) add(minor, patch int) {
	l.newest[minor] = patch
	l.f.Releases = append(l.f.Releases, v1alpha1.Release{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("r", len(l.f.Releases)), CreationTimestamp: metav1.NewTime(l.f.Now)},
		Spec: v1alpha1.ReleaseSpec{
			KubernetesVersion: fmt.Sprintf("1.%d.%d", minor, patch),
			NodeImageVersion:  fmt.Sprintf("LotseDebian-12-%s.%d", l.f.Now.Format("200601.2"), len(l.f.Releases)),
		},
	})
}

// event that happens to the service or to the cluster.
func (l *life) event() {
	if !l.idle.IsZero() && !l.f.Now.Before(l.idle) {
		l.idle = time.Time{}
		l.f.Cluster.Status.ObservedGeneration = l.f.Cluster.Generation
	}
	minor := 38 + len(l.newest) - 1
	switch l.random.IntN(500) {
	case 0:
		l.add(minor+1, 0)
	case 1, 2, 3:
		old := 38 + l.random.IntN(len(l.newest))
		l.add(old, l.newest[old]+1)
	case 4:
		l.add(minor, l.newest[minor]) // another build
	case 5:
		l.power(v1alpha1.Stopped)
	case 6, 7, 8, 9, 10:
		l.power("")
	}
}

func (l *life) power(to v1alpha1.PowerState) {
	l.f.Cluster.Spec.PowerState, l.f.Cluster.Status.PowerState = to, to
}

// step decides now, and goes on to when something may happen next.
func (l *life) step() {
	d := Decide(l.f)
	if d.Start != nil {
		l.check(*d.Start)
		l.begin(*d.Start)
	}
	next := l.f.Now.Add(time.Duration(1+l.random.IntN(6*60)) * time.Minute) // looks at any time
	if !d.Look.IsZero() && l.random.IntN(3) == 0 {
		if !d.Look.After(l.f.Now) {
			l.t.Fatalf("at %s it is to be looked at again at %s", l.f.Now, d.Look)
		}
		next = d.Look
	}
	l.f.Now = next
}

// check an upgrade that is about to begin.
func (l *life) check(u Upgrade) {
	name := v1alpha1.MaintenanceAutoUpgrade
	if u.NodeImage != "" {
		name = v1alpha1.MaintenanceNodeOS
	}
	if spec, found := configured(l.f.Maintenance, name); found {
		if s := maintenance.At(spec, l.f.Now); !s.Open {
			l.t.Fatalf("cluster %s: %+v begins at %s: %s", l.f.Cluster.UID, u, l.f.Now, s.Reason)
		}
	}
	if !l.idle.IsZero() || l.f.Cluster.Spec.PowerState == v1alpha1.Stopped {
		l.t.Fatalf("%+v begins in a cluster that is busy or stopped", u)
	}
	if u.NodeImage == "" {
		l.checkVersion(u)
	}
	if _, named := u.Pools["pin"]; named || u.Pool == "pin" {
		l.t.Fatalf("%+v takes a pinned pool", u)
	}
}

func (l *life) checkVersion(u Upgrade) {
	from, newest := version(l.f.Cluster.Spec.KubernetesVersion), 38+len(l.newest)-1
	most := map[string]int{"patch": from.Minor, "stable": max(newest-1, 38), "rapid": newest}[l.f.Cluster.Spec.UpgradeChannel]
	if release.CheckUpgrade(from, u.To) != nil || u.To.Minor > max(most, from.Minor) || u.To.Patch > l.newest[u.To.Minor] {
		l.t.Fatalf("channel %s, newest %d: from %s to %s", l.f.Cluster.Spec.UpgradeChannel, newest, from, u.To)
	}
	for name, v := range u.Pools {
		if release.CheckPool(v, u.To) != nil {
			l.t.Fatalf("pool %s is to get %s under %s", name, v, u.To)
		}
	}
}

// begin an upgrade, which takes a while.
func (l *life) begin(u Upgrade) {
	l.idle = l.f.Now.Add(time.Duration(1+l.random.IntN(300)) * time.Minute)
	l.f.Cluster.Generation++
	if u.NodeImage == "" {
		l.f.Cluster.Spec.KubernetesVersion, l.f.Cluster.Spec.Release = u.To.String(), u.Release
	}
	for i := range l.f.Pools {
		p := &l.f.Pools[i]
		v, named := u.Pools[p.Spec.Name]
		if named {
			p.Spec.OrchestratorVersion = v.String()
		}
		if r, ok := l.f.catalogue().Release(version(p.Spec.OrchestratorVersion)); ok && (named || u.Pool == p.Spec.Name) {
			p.Spec.Release = r.Name
		}
	}
}

// rest: nobody does anything any more. After each upgrade that is still to come there is none left, within a year.
func (l *life) rest() {
	l.power("")
	for end := l.f.Now.AddDate(1, 0, 0); ; {
		if !l.idle.IsZero() {
			l.f.Now = later(l.f.Now, l.idle)
			l.idle, l.f.Cluster.Status.ObservedGeneration = time.Time{}, l.f.Cluster.Generation
		}
		d := Decide(l.f)
		switch {
		case d.Start != nil:
			l.check(*d.Start)
			l.begin(*d.Start)
		case !d.Look.IsZero():
			l.f.Now = d.Look
		default:
			l.settled(d)
			return
		}
		if l.f.Now.After(end) {
			l.t.Fatalf("it does not end: %+v", d.Next)
		}
	}
}

// settled: what is left undone is so for a reason that only people can change.
func (l *life) settled(d Decision) {
	cp, newest := version(l.f.Cluster.Spec.KubernetesVersion), 38+len(l.newest)-1
	want := map[string]int{"patch": cp.Minor, "stable": max(newest-1, 38), "rapid": newest}[l.f.Cluster.Spec.UpgradeChannel]
	kubernetes := l.f.Cluster.Spec.KubernetesChannel() != ""
	pinnedTooOld := leftBehind(l.f, release.Version{Major: 1, Minor: cp.Minor + 1}) != ""
	if kubernetes && !pinnedTooOld && (cp.Minor < want || cp.Patch != l.newest[cp.Minor] && cp.Minor <= want) {
		l.t.Errorf("the control plane is left at %s, the newest minor is 1.%d: %+v", cp, newest, d.Next.Kubernetes)
	}
	for _, p := range l.f.Pools {
		v := version(p.Spec.OrchestratorVersion)
		if kubernetes && p.Spec.NodeImageVersion == "" && v != cp {
			l.t.Errorf("pool %s is left at %s", p.Spec.Name, v)
		}
		r, _ := l.f.catalogue().Release(v)
		if l.f.Cluster.Spec.NodeImageChannel() != "" && p.Spec.NodeImageVersion == "" && imageOf(&p, l.f.catalogue()) != r.Spec.NodeImageVersion {
			l.t.Errorf("pool %s is left with %s, the newest is %s: %+v", p.Spec.Name, imageOf(&p, l.f.catalogue()), r.Spec.NodeImageVersion, d.Next.NodeImage)
		}
	}
}
