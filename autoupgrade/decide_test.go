package autoupgrade

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
)

// now is a Friday, on which 1.35 to 1.37 are released.
var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

const image = "LotseDebian-12-202611.23.0"

// installed releases, each "version" or "version image name", added a day after the other, the last one ten days ago.
func installed(entries ...string) (all []v1alpha1.Release) {
	for i, e := range entries {
		fields := append(strings.Fields(e), image, "v"+strings.Fields(e)[0])
		if len(fields) == 5 {
			fields = fields[:3]
		}
		added := now.AddDate(0, 0, i-9-len(entries))
		all = append(all, v1alpha1.Release{
			ObjectMeta: metav1.ObjectMeta{Name: fields[2], CreationTimestamp: metav1.NewTime(added)},
			Spec:       v1alpha1.ReleaseSpec{KubernetesVersion: fields[0], NodeImageVersion: fields[1]},
		})
	}
	return all
}

// a cluster that runs well, with a pool, both at a version.
func a(kubernetes string, change ...func(*Facts)) Facts {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "c1-x", Namespace: "sub-1", UID: "u1", Generation: 3}}
	c.Spec.Name, c.Spec.KubernetesVersion, c.Spec.Release = "c1", kubernetes, "v"+kubernetes
	c.Status.Endpoint.Port, c.Status.ObservedGeneration = 30443, 3
	c.Status.Components = []v1alpha1.ComponentHealth{{Name: "etcd", Healthy: true}}
	f := Facts{Cluster: c, Pools: []v1alpha1.AgentPool{pool("sys", kubernetes)}, Now: now}
	for _, do := range change {
		do(&f)
	}
	return f
}

func pool(name, kubernetes string) v1alpha1.AgentPool {
	p := v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Name: name + "-x", Namespace: "sub-1", Generation: 1}}
	p.Spec.Cluster, p.Spec.Name, p.Spec.OrchestratorVersion, p.Spec.Release, p.Spec.Count = "c1-x", name, kubernetes, "v"+kubernetes, 2
	p.Status.ReadyNodes, p.Status.ObservedGeneration = 2, 1
	return p
}

func with(name, kubernetes string, change ...func(*v1alpha1.AgentPool)) func(*Facts) {
	return func(f *Facts) {
		p := pool(name, kubernetes)
		for _, do := range change {
			do(&p)
		}
		f.Pools = append(f.Pools, p)
	}
}

func pinned(p *v1alpha1.AgentPool) { p.Spec.NodeImageVersion = image }

func clusterIs(change func(*v1alpha1.ManagedCluster)) func(*Facts) {
	return func(f *Facts) { change(f.Cluster) }
}

func windowOf(name, weekday, start string) func(*Facts) {
	return func(f *Facts) {
		f.Maintenance = append(f.Maintenance, v1alpha1.MaintenanceConfigurationSpec{Name: name, MaintenanceWindow: &v1alpha1.MaintenanceWindow{
			Schedule:      v1alpha1.MaintenanceSchedule{Weekly: &v1alpha1.WeeklySchedule{IntervalWeeks: 1, DayOfWeek: weekday}},
			DurationHours: 8, UTCOffset: "+00:00", StartDate: "2026-11-01", StartTime: start,
		}})
	}
}

// told is a decision in a line.
func told(d Decision) string {
	if d.Start == nil {
		return "nothing"
	}
	if d.Start.NodeImage != "" {
		return d.Start.Pool + " gets " + d.Start.NodeImage
	}
	var pools []string
	for _, name := range slices.Sorted(maps.Keys(d.Start.Pools)) {
		pools = append(pools, name+" "+d.Start.Pools[name].String())
	}
	return strings.Join(append([]string{d.Start.To.String()}, pools...), ", ")
}

func TestWhatAChannelLeadsTo(t *testing.T) {
	const older, newer = "LotseDebian-12-202611.16.0", "LotseDebian-12-202611.30.0"
	full := installed("1.34.4", "1.35.4", "1.35.6", "1.36.1", "1.36.3", "1.37.0", "1.37.2")
	with138 := append(slices.Clone(full), installed("1.38.0")...)
	for sentence, c := range map[string]struct {
		facts             Facts
		releases          []v1alpha1.Release
		kubernetes, nodes string
		want              string
	}{
		"patch is the newest patch of the minor":             {a("1.36.1"), full, "patch", "", "1.36.3, sys 1.36.3"},
		"patch never leaves the minor":                       {a("1.36.3"), full, "patch", "", "nothing"},
		"stable goes to the newest minor but one":            {a("1.36.1"), full, "stable", "", "1.36.3, sys 1.36.3"},
		"one minor at a time":                                {a("1.35.4"), full, "stable", "", "1.36.3, sys 1.36.3"},
		"also from two behind":                               {a("1.34.4"), full, "stable", "", "1.35.6, sys 1.35.6"},
		"stable never goes back, nor to the newest":          {a("1.37.0"), full, "stable", "", "nothing"},
		"stable with one minor alone stays in it":            {a("1.37.0"), installed("1.37.0", "1.37.2"), "stable", "", "1.37.2, sys 1.37.2"},
		"rapid goes to the newest minor":                     {a("1.36.3"), full, "rapid", "", "1.37.2, sys 1.37.2"},
		"and then to its newest patch":                       {a("1.37.0"), full, "rapid", "", "1.37.2, sys 1.37.2"},
		"rapid goes one minor at a time too":                 {a("1.35.6"), full, "rapid", "", "1.36.3, sys 1.36.3"},
		"rapid at the newest has nothing to do":              {a("1.37.2"), full, "rapid", "", "nothing"},
		"a minor that calendars do not know is no preview":   {a("1.37.2"), with138, "rapid", "", "1.38.0, sys 1.38.0"},
		"stable follows when a newer minor is added":         {a("1.36.3"), with138, "stable", "", "1.37.2, sys 1.37.2"},
		"a missing minor on the way leaves patches":          {a("1.35.4"), installed("1.35.4", "1.35.6", "1.37.2"), "rapid", "", "1.35.6, sys 1.35.6"},
		"and after those nothing":                            {a("1.35.6"), installed("1.35.6", "1.37.2"), "rapid", "", "nothing"},
		"no channel leads nowhere":                           {a("1.35.4"), full, "", "", "nothing"},
		"node-image upgrades no Kubernetes":                  {a("1.36.1"), full, "node-image", "NodeImage", "nothing"},
		"without releases there is nothing to do":            {a("1.36.1"), nil, "rapid", "NodeImage", "nothing"},
		"a pool that is behind follows its control plane":    {a("1.37.2", with("old", "1.36.3")), full, "rapid", "", "1.37.2, old 1.37.2"},
		"by patch within its own minor":                      {a("1.37.2", with("old", "1.36.1")), full, "patch", "", "1.37.2, old 1.36.3"},
		"a minor without support stays":                      {a("1.37.2", with("old", "1.34.3")), full, "patch", "", "nothing"},
		"a pinned pool stays":                                {a("1.36.1", with("pin", "1.36.1", pinned)), full, "patch", "", "1.36.3, sys 1.36.3"},
		"a pinned pool that would be too old blocks":         {a("1.36.3", with("pin", "1.33.1", pinned)), full, "rapid", "", "nothing"},
		"a pool that is being deleted does not count":        {a("1.36.1", func(f *Facts) { f.Pools[0].DeletionTimestamp = &metav1.Time{Time: now} }), full, "patch", "", "nothing"},
		"a stopped pool is upgraded too":                     {a("1.36.1", with("off", "1.36.1", func(p *v1alpha1.AgentPool) { p.Spec.PowerState, p.Status.ReadyNodes = v1alpha1.Stopped, 0 })), full, "patch", "", "1.36.3, off 1.36.3, sys 1.36.3"},
		"a newer node image":                                 {a("1.37.2"), installed("1.37.2", "1.37.2 "+newer+" next"), "", "NodeImage", "sys gets " + newer},
		"by SecurityPatch as well":                           {a("1.37.2"), installed("1.37.2", "1.37.2 "+newer+" next"), "", "SecurityPatch", "sys gets " + newer},
		"by Unmanaged none":                                  {a("1.37.2"), installed("1.37.2", "1.37.2 "+newer+" next"), "", "Unmanaged", "nothing"},
		"of another version of Kubernetes none":              {a("1.37.0"), installed("1.37.0", "1.37.2 "+newer+" next"), "", "NodeImage", "nothing"},
		"an image with older packages is no newer one":       {a("1.37.2"), installed("1.37.2", "1.37.2 "+older+" next"), "", "NodeImage", "nothing"},
		"a new build with the same image is none":            {a("1.37.2"), installed("1.37.2", "1.37.2 "+image+" next"), "", "NodeImage", "nothing"},
		"pools follow each other":                            {a("1.37.2", with("app", "1.37.2")), installed("1.37.2", "1.37.2 "+newer+" next"), "", "NodeImage", "app gets " + newer},
		"the one that has it makes way":                      {a("1.37.2", with("app", "1.37.2", func(p *v1alpha1.AgentPool) { p.Spec.Release = "next" })), installed("1.37.2", "1.37.2 "+newer+" next"), "", "NodeImage", "sys gets " + newer},
		"a pinned pool keeps its image":                      {a("1.37.2", func(f *Facts) { pinned(&f.Pools[0]) }), installed("1.37.2", "1.37.2 "+newer+" next"), "", "NodeImage", "nothing"},
		"a pool whose release is gone has what its nodes do": {a("1.37.2", func(f *Facts) { f.Pools[0].Spec.Release, f.Pools[0].Status.NodeImageVersion = "gone", newer }), installed("1.37.2 " + newer + " next"), "", "NodeImage", "nothing"},
		"Kubernetes goes before node images":                 {a("1.37.0"), installed("1.37.0", "1.37.0 "+newer+" next", "1.37.2"), "rapid", "NodeImage", "1.37.2, sys 1.37.2"},
		"a halted release lets node images of others pass":   {a("1.37.0"), halt(installed("1.37.0", "1.37.0 "+newer+" next", "1.37.2"), "v1.37.2"), "rapid", "NodeImage", "sys gets " + newer},
		"a halted release is not rolled out":                 {a("1.37.0"), halt(full, "v1.37.2"), "rapid", "", "nothing"},
		"nor to pools of its minor by patch":                 {a("1.37.2", with("old", "1.36.1")), halt(full, "v1.36.3"), "patch", "", "nothing"},
		"a pool whose image is halted spares the others":     {a("1.37.2", with("app", "1.36.3")), halt(installed("1.36.3", "1.37.2", "1.36.3 "+newer+" held", "1.37.2 "+newer+" next"), "held"), "", "NodeImage", "sys gets " + newer},
		"nor is its image":                                   {a("1.37.2"), halt(installed("1.37.2", "1.37.2 "+newer+" next"), "next"), "", "NodeImage", "nothing"},
		"a cluster that is being deleted is left alone":      {a("1.36.1", clusterIs(func(c *v1alpha1.ManagedCluster) { c.DeletionTimestamp = &metav1.Time{Time: now} })), full, "patch", "", "nothing"},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := c.facts
			f.Releases, f.Cluster.Spec.UpgradeChannel, f.Cluster.Spec.NodeOSUpgradeChannel = c.releases, c.kubernetes, c.nodes
			if got := told(Decide(f)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func halt(releases []v1alpha1.Release, name string) []v1alpha1.Release {
	releases = slices.Clone(releases)
	for i := range releases {
		if releases[i].Name == name {
			releases[i].Halt(now, "2 of 3 clusters failed.")
		}
	}
	return releases
}

func TestPreviewsCountForNoChannel(t *testing.T) {
	f := a("1.36.3")
	f.Now = time.Date(2026, 8, 25, 12, 0, 0, 0, time.UTC) // a day before 1.37 is released
	f.Releases = installed("1.35.6", "1.36.3", "1.37.0")
	for i := range f.Releases {
		f.Releases[i].CreationTimestamp = metav1.NewTime(f.Now.AddDate(0, 0, -5))
	}
	for _, channel := range []string{"stable", "rapid"} {
		f.Cluster.Spec.UpgradeChannel = channel
		if got := told(Decide(f)); got != "nothing" {
			t.Errorf("%s leads to a preview: %s", channel, got)
		}
	}
	f.Now = f.Now.AddDate(0, 0, 2)
	if got := told(Decide(f)); got != "1.37.0, sys 1.37.0" {
		t.Errorf("a day after its release rapid leads to %s", got)
	}
	f.Cluster.Spec.KubernetesVersion, f.Pools[0].Spec.OrchestratorVersion = "1.35.6", "1.35.6"
	f.Cluster.Spec.UpgradeChannel = "stable"
	d := Decide(f)
	if told(d) != "1.36.3, sys 1.36.3" {
		t.Errorf("stable then leads to %s", told(d))
	}
	f.Now = time.Date(2026, 8, 26, 0, 0, 0, 0, time.UTC)
	if d := Decide(f); told(d) != "nothing" || d.Next.Kubernetes.At == nil || d.Next.Kubernetes.At.After(f.Now.Add(spread)) {
		t.Errorf("all clusters of stable begin at midnight: %+v", d.Next.Kubernetes)
	}
	f.Releases = f.Releases[2:]
	f.Now = f.Now.AddDate(0, 0, -1)
	if d := Decide(f); !strings.Contains(d.Next.Kubernetes.Message, "No release is installed that is not a preview.") {
		t.Errorf("got %+v", d.Next.Kubernetes)
	}
}

func TestWhenItBegins(t *testing.T) {
	const auto, nodes, every = v1alpha1.MaintenanceAutoUpgrade, v1alpha1.MaintenanceNodeOS, v1alpha1.MaintenanceDefault
	old := installed("1.36.1", "1.36.3")
	fresh := installed("1.36.1", "1.36.3")
	fresh[1].CreationTimestamp = metav1.NewTime(now.Add(-time.Minute))
	failed := func(c *v1alpha1.ManagedCluster) {
		c.Status.Operations = []v1alpha1.Operation{{Generation: 3, Verb: v1alpha1.Upgrading, State: v1alpha1.Failed, Error: &v1alpha1.OperationError{Message: "A drain failed."}}}
	}
	running := func(c *v1alpha1.ManagedCluster) {
		c.Status.Operations = []v1alpha1.Operation{{Generation: 3, Verb: v1alpha1.Updating, State: v1alpha1.InProgress}}
	}
	asked := func(p *v1alpha1.AgentPool) { p.Generation, p.Status.ObservedGeneration = 2, 1 }
	for sentence, c := range map[string]struct {
		facts    Facts
		releases []v1alpha1.Release
		begins   bool
		message  string
	}{
		"without a window, at once":                   {a("1.36.1"), old, true, "It begins now."},
		"but not as soon as a release is added":       {a("1.36.1"), fresh, false, "It begins at 2026-11-2"},
		"in a window":                                 {a("1.36.1", windowOf(auto, "Friday", "05:00")), old, true, "It begins now."},
		"not at once when it opens":                   {a("1.36.1", windowOf(auto, "Friday", "12:00")), old, false, "in the window of maintenance configuration aksManagedAutoUpgradeSchedule from 2026-11-27T12:00:00Z to 2026-11-27T20:00:00Z."},
		"not before a window":                         {a("1.36.1", windowOf(auto, "Sunday", "05:00")), old, false, "from 2026-11-29T05:00:00Z to 2026-11-29T13:00:00Z."},
		"its own window counts":                       {a("1.36.1", windowOf(auto, "Friday", "05:00"), windowOf(every, "Sunday", "05:00")), old, true, "It begins now."},
		"that of everything if there is no other":     {a("1.36.1", windowOf(every, "Sunday", "05:00")), old, false, "maintenance configuration default from 2026-11-29T05:00:00Z"},
		"that of node images does not count":          {a("1.36.1", windowOf(nodes, "Sunday", "05:00")), old, true, "It begins now."},
		"a configuration without windows never opens": {a("1.36.1", func(f *Facts) { f.Maintenance = []v1alpha1.MaintenanceConfigurationSpec{{Name: auto}} }), old, false, "Maintenance configuration aksManagedAutoUpgradeSchedule has no window, now or later."},
		"one that cannot be read neither":             {a("1.36.1", windowOf(auto, "Friday", "x")), old, false, "Maintenance configuration aksManagedAutoUpgradeSchedule cannot be read: 'x' is not a time of day"},
		"not while the cluster is stopped": {a("1.36.1", clusterIs(func(c *v1alpha1.ManagedCluster) {
			c.Spec.PowerState, c.Status.PowerState = v1alpha1.Stopped, v1alpha1.Stopped
		})), old, false, "The cluster is stopped. It is upgraded when it runs."},
		"not before it has started":          {a("1.36.1", clusterIs(func(c *v1alpha1.ManagedCluster) { c.Status.Endpoint = v1alpha1.Endpoint{} })), old, false, "The cluster has not started yet."},
		"not during an operation":            {a("1.36.1", clusterIs(running)), old, false, "There is an in progress update operation of the cluster."},
		"nor one of a pool":                  {a("1.36.1", with("app", "1.36.1", asked)), old, false, "There is an in progress update operation of agent pool app."},
		"not after an operation that failed": {a("1.36.1", clusterIs(failed)), old, false, "The last operation of the cluster has not succeeded (upgrade): A drain failed. Nothing is upgraded by itself until"},
		"not after one of a pool that was aborted": {a("1.36.1", with("app", "1.36.1", func(p *v1alpha1.AgentPool) {
			p.Status.Operations = []v1alpha1.Operation{{Generation: 1, Verb: v1alpha1.Upgrading, State: v1alpha1.Canceled}}
		})), old, false, "The last operation of agent pool app has not succeeded (upgrade): It has ended as Canceled."},
		"not while the control plane is not well":        {a("1.36.1", clusterIs(func(c *v1alpha1.ManagedCluster) { c.Status.Components[0].Healthy = false })), old, false, "etcd of the control plane is not healthy."},
		"not while a node is not Ready":                  {a("1.36.1", func(f *Facts) { f.Pools[0].Status.ReadyNodes = 1 }), old, false, "Of the 2 nodes of agent pool sys some are not Ready."},
		"a halted roll-out says why":                     {a("1.36.1"), halt(installed("1.36.1", "1.36.3"), "v1.36.3"), false, "The roll-out of release v1.36.3 is halted: 2 of 3 clusters failed."},
		"before its time it says what is in the way":     {a("1.36.1", windowOf(auto, "Sunday", "05:00"), clusterIs(running)), old, false, "It could not begin now: There is an in progress update"},
		"a release that comes during a window waits":     {a("1.36.1", windowOf(auto, "Friday", "05:00")), fresh, false, "It begins at 2026-11-27T12:"},
		"one that is not yet possible in a window too":   {a("1.36.1", windowOf(auto, "Friday", "05:00"), at(12)), installedAt(now.Add(90*time.Minute), "1.36.1", "1.36.3"), false, "from 2026-12-04T05:00:00Z"},
		"one that is added after a window takes another": {a("1.36.1", windowOf(auto, "Friday", "05:00"), at(13)), installedAt(now.Add(90*time.Minute), "1.36.1", "1.36.3"), false, "from 2026-12-04T05:00:00Z"},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := c.facts
			f.Releases, f.Cluster.Spec.UpgradeChannel = c.releases, "patch"
			d := Decide(f)
			got := d.Next.Kubernetes
			if (d.Start != nil) != c.begins || !strings.Contains(got.Message, c.message) || got.To != "1.36.3" || got.Channel != "patch" {
				t.Errorf("got %+v, begins %v", got, d.Start != nil)
			}
			if got.At != nil && (!got.At.After(f.Now) || !d.Look.Equal(got.At.Time)) {
				t.Errorf("at %s, looked at %s", got.At, d.Look)
			}
		})
	}
}

func TestAFailedUpgradeIsNotNothingToDo(t *testing.T) {
	f := a("1.36.3")
	f.Releases, f.Cluster.Spec.UpgradeChannel = installed("1.36.1", "1.36.3"), "patch"
	f.Cluster.Status.Operations = []v1alpha1.Operation{{Generation: 3, Verb: v1alpha1.Upgrading, State: v1alpha1.Failed}}
	if got := Decide(f).Next.Kubernetes; got.To != "" || !strings.HasPrefix(got.Message, "The last operation of the cluster has not succeeded (upgrade): It has ended as Failed.") {
		t.Errorf("got %+v", got)
	}
}

func at(hour int) func(*Facts) {
	return func(f *Facts) { f.Now = now.Truncate(24 * time.Hour).Add(time.Duration(hour)*time.Hour + time.Minute) }
}

func installedAt(added time.Time, entries ...string) []v1alpha1.Release {
	all := installed(entries...)
	for i := range all {
		all[i].CreationTimestamp = metav1.NewTime(added)
	}
	return all
}

func TestNodeImagesHaveTheirOwnWindow(t *testing.T) {
	const newer = "LotseDebian-12-202611.30.0"
	for sentence, c := range map[string]struct {
		facts Facts
		want  string
	}{
		"in it":                      {a("1.37.0", windowOf(v1alpha1.MaintenanceNodeOS, "Friday", "05:00")), "sys gets " + newer},
		"not outside":                {a("1.37.0", windowOf(v1alpha1.MaintenanceNodeOS, "Sunday", "05:00")), "nothing"},
		"not in that of Kubernetes":  {a("1.37.0", windowOf(v1alpha1.MaintenanceAutoUpgrade, "Sunday", "05:00")), "sys gets " + newer},
		"not outside of the default": {a("1.37.0", windowOf(v1alpha1.MaintenanceDefault, "Sunday", "05:00")), "nothing"},
	} {
		t.Run(sentence, func(t *testing.T) {
			c.facts.Releases = installed("1.37.0", "1.37.0 "+newer+" next")
			c.facts.Cluster.Spec.UpgradeChannel, c.facts.Cluster.Spec.NodeOSUpgradeChannel = "node-image", "NodeImage"
			d := Decide(c.facts)
			if got := told(d); got != c.want || d.Next.Kubernetes != nil || d.Next.NodeImage.To != newer {
				t.Errorf("got %q, %+v", got, d.Next)
			}
		})
	}
}

func TestWorkIsSpread(t *testing.T) {
	const clusters = 1000
	f := a("1.36.1", windowOf(v1alpha1.MaintenanceAutoUpgrade, "Sunday", "04:00"))
	f.Releases, f.Cluster.Spec.UpgradeChannel = installed("1.36.1", "1.36.3"), "patch"
	inQuarter := [4]int{}
	for i := range clusters {
		f.Cluster.UID = types.UID(fmt.Sprint("cluster-", i))
		begins := Decide(f).Next.Kubernetes.At.Time
		since := begins.Sub(time.Date(2026, 11, 29, 4, 0, 0, 0, time.UTC))
		if since < 0 || since >= 4*time.Hour {
			t.Fatalf("cluster %d begins %s after the window opens, which lasts 8 hours", i, since)
		}
		inQuarter[int(since/time.Hour)]++
	}
	for _, n := range inQuarter {
		if n < clusters/5 || n > clusters*3/10 {
			t.Errorf("clusters in each hour: %v", inQuarter)
		}
	}
}

func TestAFleetIsUpgradedPartByPart(t *testing.T) {
	var clusters []v1alpha1.ManagedCluster
	var pools []v1alpha1.AgentPool
	for i := range 20 {
		c, p := *a("1.36.1").Cluster, pool("sys", "1.36.1")
		c.Name = fmt.Sprint("c", i)
		p.Spec.Cluster = c.Name
		clusters, pools = append(clusters, c), append(pools, p)
	}
	begin := func(o v1alpha1.Tracked, correlation string) {
		o.SetGeneration(o.GetGeneration() + 1)
		o.SetAnnotations(map[string]string{v1alpha1.AnnotationCorrelationID: correlation})
	}
	if fleet := FleetOf(clusters, pools); fleet != (Fleet{20, 0}) || fleet.Full(10) != "" {
		t.Errorf("an idle fleet is %+v", fleet)
	}
	begin(&clusters[0], "a person's")
	begin(&clusters[1], CorrelationID(Upgrade{To: version("1.36.3")}))
	begin(&pools[1], CorrelationID(Upgrade{To: version("1.36.3")})) // the same cluster's
	if fleet := FleetOf(clusters, pools); fleet != (Fleet{20, 1}) || fleet.Full(10) != "" || fleet.Full(5) == "" || fleet.Full(0) == "" {
		t.Errorf("with one upgrade it is %+v", fleet)
	}
	begin(&pools[2], CorrelationID(Upgrade{NodeImage: image, Pool: "sys"}))
	fleet := FleetOf(clusters, pools)
	if full := fleet.Full(10); fleet != (Fleet{20, 2}) || full != "It waits for its turn: other clusters are being upgraded by their channels." {
		t.Errorf("with two it is %+v, %q", fleet, full)
	}
	pools[2].Status.ObservedGeneration = pools[2].Generation
	if fleet := FleetOf(clusters, pools); fleet.Full(10) != "" {
		t.Errorf("after one has ended it is %+v", fleet)
	}
	if (Fleet{Clusters: 3}).Full(10) != "" {
		t.Error("of a few clusters none is upgraded")
	}
}
