package arm_test

import (
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"
)

const (
	nodeOS = "/maintenanceConfigurations/aksManagedNodeOSUpgradeSchedule"
	weekly = `{"properties":{"maintenanceWindow":{"schedule":{"daily":null,"weekly":{"intervalWeeks":1,"dayOfWeek":"Sunday"},"absoluteMonthly":null,` +
		`"relativeMonthly":null},"durationHours":4,"utcOffset":"-08:00","startDate":"2026-01-01","startTime":"01:00",` +
		`"notAllowedDates":[{"start":"2030-12-24","end":"2030-12-26"}]}}}`
	berlin = `{"properties":{"lotseProfile":{"timeZone":"Europe/Berlin"},"maintenanceWindow":{"schedule":{"daily":{"intervalDays":1}},"durationHours":24,"startTime":"00:00"}}}`
)

// maintenanceConfigurations are children of a cluster: their writes are no operations, and are possible while it does not run.
func maintenanceConfigurations(t *testing.T, w *world) {
	p := w.poolsOf(t, "kept", systemPool("sys"))
	path := func(name string) string { return p.cluster + "/maintenanceConfigurations/" + name + v }
	w.want(t, w.do(p.token, "GET", p.cluster+nodeOS+v, ""), 404, "ResourceNotFound")
	w.want(t, w.do(p.token, "DELETE", p.cluster+nodeOS+v, ""), 204, "")
	w.want(t, w.do(w.token(reader), "PUT", p.cluster+nodeOS+v, weekly), 403, "AuthorizationFailed")
	before := w.do(p.token, "GET", p.cluster+v, "").Header.Get("ETag")

	put := w.want(t, w.do(p.token, "PUT", path("AKSMANAGEDNODEOSUPGRADESCHEDULE"), weekly), 200, "")
	if put.at("name") != "aksManagedNodeOSUpgradeSchedule" || put.at("type") != "Microsoft.ContainerService/managedClusters/maintenanceConfigurations" ||
		!strings.HasSuffix(put.at("id").(string), p.cluster+nodeOS) || put.at("properties.maintenanceWindow.schedule.weekly.dayOfWeek") != "Sunday" ||
		put.at("properties.maintenanceWindow.notAllowedDates.0.end") != "2030-12-26" || put.at("properties.maintenanceWindow.utcOffset") != "-08:00" {
		t.Errorf("got %s", put.body)
	}
	if next, _ := put.at("properties.lotseProfile.next.start").(string); !strings.HasSuffix(next, "T09:00:00Z") {
		t.Errorf("the next window begins at %q", next)
	}
	got := w.want(t, w.do(w.token(reader), "GET", p.cluster+nodeOS+v, ""), 200, "")
	again := w.want(t, w.do(p.token, "PUT", p.cluster+nodeOS+v, string(got.body)), 200, "")
	if again.Header.Get("ETag") != put.Header.Get("ETag") {
		t.Error("sending back what was read changed it")
	}
	if after := w.do(p.token, "GET", p.cluster+v, "").Header.Get("ETag"); after != before {
		t.Error("the cluster's etag changed with its maintenance configuration")
	}
	maintenanceInItsZone(t, p)
	maintenanceTags(t, p, put.Header.Get("ETag"))
	w.want(t, w.do(p.token, "PUT", path("default"), `{"properties":{"timeInWeek":[{"day":"monday","hourSlots":[2,1,2]}],"notAllowedTime":[{"start":"2026-12-24T00:00:00+01:00","end":"2026-12-27T00:00:00Z"}]}}`), 200, "")
	list := w.want(t, w.do(p.token, "GET", p.cluster+"/maintenanceConfigurations"+v, ""), 200, "")
	if list.at("value.0.name") != "aksManagedAutoUpgradeSchedule" || list.at("value.1.name") != "aksManagedNodeOSUpgradeSchedule" || list.at("value.2.name") != "default" ||
		list.at("value.2.properties.timeInWeek.0.hourSlots.1") != 2.0 || list.at("value.2.properties.notAllowedTime.0.start") != "2026-12-23T23:00:00Z" {
		t.Errorf("got %s", list.body)
	}
	maintenanceOfAnEnd(t, p)
}

// maintenanceInItsZone: a zone that is named takes the place of the offset, and a PUT replaces all of it.
func maintenanceInItsZone(t *testing.T, p poolsWorld) {
	path := p.cluster + "/maintenanceConfigurations/aksManagedAutoUpgradeSchedule" + v
	put := p.want(t, p.do(p.token, "PUT", path, berlin), 200, "")
	if put.at("properties.lotseProfile.timeZone") != "Europe/Berlin" || put.at("properties.maintenanceWindow.utcOffset") != nil ||
		put.at("properties.maintenanceWindow.startDate") == "" || put.at("properties.lotseProfile.open") != true ||
		!strings.HasPrefix(put.at("properties.lotseProfile.reason").(string), "A window is open until ") {
		t.Errorf("got %s", put.body)
	}
	replaced := p.want(t, p.do(p.token, "PUT", path, weekly), 200, "")
	if replaced.at("properties.maintenanceWindow.schedule.daily") != nil || replaced.at("properties.lotseProfile.timeZone") != nil {
		t.Errorf("got %s", replaced.body)
	}
}

func maintenanceTags(t *testing.T, p poolsWorld, tag string) {
	path := p.cluster + nodeOS + v
	p.want(t, p.do(p.token, "PUT", path, berlin, "If-None-Match", "*"), 412, "PreconditionFailed")
	p.want(t, p.do(p.token, "PUT", p.cluster+"/maintenanceConfigurations/default"+v, berlin, "If-Match", "*"), 412, "PreconditionFailed")
	p.want(t, p.do(p.token, "DELETE", path, "", "If-Match", `"other"`), 412, "PreconditionFailed")
	changed := p.want(t, p.do(p.token, "PUT", path, berlin, "If-Match", tag), 200, "")
	if changed.Header.Get("ETag") == tag {
		t.Error("another configuration has the same etag")
	}
	p.want(t, p.do(p.token, "PUT", path, weekly, "If-Match", tag), 412, "PreconditionFailed")
}

// maintenanceOfAnEnd: a cluster that is stopped or busy keeps its configurations and takes others; a later one of its name has none.
func maintenanceOfAnEnd(t *testing.T, p poolsWorld) {
	p.succeed(t, p.token, p.want(t, p.do(p.token, "POST", p.cluster+"/stop"+v, ""), 202, ""))
	p.want(t, p.do(p.token, "PUT", p.cluster+nodeOS+v, berlin), 200, "")
	p.operator.paused.Store(true)
	deletion := p.want(t, p.do(p.token, "DELETE", p.cluster+v, ""), 202, "")
	says(t, p.want(t, p.do(p.token, "PUT", p.cluster+nodeOS+v, weekly), 409, "OperationNotAllowed"), "The only allowed operation is deletion")
	p.want(t, p.do(p.token, "DELETE", p.cluster+"/maintenanceConfigurations/default"+v, ""), 200, "")
	p.operator.paused.Store(false)
	p.succeed(t, p.token, deletion)
	p.want(t, p.do(p.token, "GET", p.cluster+nodeOS+v, ""), 404, "ResourceNotFound")

	later := p.poolsOf(t, "kept", systemPool("sys")) // nothing collects here what the first one owned
	p.want(t, p.do(p.token, "GET", later.cluster+nodeOS+v, ""), 404, "ResourceNotFound")
	if list := p.want(t, p.do(p.token, "GET", later.cluster+"/maintenanceConfigurations"+v, ""), 200, ""); list.at("value.0") != nil {
		t.Errorf("got %s", list.body)
	}
	p.want(t, p.do(p.token, "PUT", later.cluster+nodeOS+v, weekly, "If-None-Match", "*"), 200, "")
	p.want(t, p.do(p.token, "GET", later.cluster+nodeOS+v, ""), 200, "")
	p.succeed(t, p.token, p.want(t, p.do(p.token, "DELETE", later.cluster+v, ""), 202, ""))
}

// badMaintenance answers what AKS answers, and names the property.
func badMaintenance(t *testing.T, w *world) {
	token := w.token(admin)
	for _, c := range []struct{ name, body, target string }{
		{"weekends", weekly, "configName"},
		{"default", `{"properties":{"maintenanceWindow":{"schedule":{"daily":{"intervalDays":1}},"durationHours":4,"startTime":"01:00"}}}`, "properties.maintenanceWindow.schedule"},
		{"default", `{}`, "properties.timeInWeek"},
		{"aksManagedNodeOSUpgradeSchedule", `{"properties":{"timeInWeek":[{"day":"Monday","hourSlots":[1]}]}}`, "properties.timeInWeek"},
		{"aksManagedNodeOSUpgradeSchedule", strings.Replace(weekly, `"durationHours":4`, `"durationHours":3`, 1), "properties.maintenanceWindow.durationHours"},
	} {
		refused := w.want(t, w.do(token, "PUT", mc+"/maintenanceConfigurations/"+c.name+v, c.body), 400, "InvalidParameter")
		if refused.at("error.target") != c.target {
			t.Errorf("%s %s: got %s", c.name, c.body, refused.body)
		}
	}
	says(t, w.do(token, "PUT", mc+"/maintenanceConfigurations/default"+v, berlin), "Only weekly schedule is supported for control plane upgrade maintenance configuration: default.")
	w.want(t, w.do(token, "PUT", mc+nodeOS+v, `[`), 400, "InvalidRequestContent")
	w.want(t, w.do(token, "PUT", mc+"-absent"+nodeOS+v, weekly), 404, "ResourceNotFound")
	w.want(t, w.do(token, "GET", mc+"/maintenanceConfigurations/weekends"+v, ""), 404, "ResourceNotFound")
	w.want(t, w.do(token, "DELETE", mc+"/maintenanceConfigurations/weekends"+v, ""), 204, "")
	w.want(t, w.do(token, "PATCH", mc+nodeOS+v, weekly), 405, "HttpMethodNotSupported")
}

// maintenanceBySDK is what Azure's own client does.
func maintenanceBySDK(t *testing.T, w *world) {
	configurations, name := clientFactory(t, w).NewMaintenanceConfigurationsClient(), "aksManagedAutoUpgradeSchedule"
	_, err := configurations.CreateOrUpdate(t.Context(), "rg1", "c1", name, armcontainerservice.MaintenanceConfiguration{
		Properties: &armcontainerservice.MaintenanceConfigurationProperties{MaintenanceWindow: &armcontainerservice.MaintenanceWindow{
			Schedule: &armcontainerservice.Schedule{RelativeMonthly: &armcontainerservice.RelativeMonthlySchedule{
				IntervalMonths: to.Ptr[int32](2), WeekIndex: to.Ptr(armcontainerservice.TypeLast), DayOfWeek: to.Ptr(armcontainerservice.WeekDayFriday),
			}},
			DurationHours: to.Ptr[int32](8), UTCOffset: to.Ptr("+05:30"), StartTime: to.Ptr("22:00"),
		}},
	}, nil)
	must(t, err)
	got, err := configurations.Get(t.Context(), "rg1", "c1", name, nil)
	must(t, err)
	if window := got.Properties.MaintenanceWindow; *window.Schedule.RelativeMonthly.WeekIndex != armcontainerservice.TypeLast || window.StartDate == nil {
		t.Errorf("got %+v", window)
	}
	page, err := configurations.NewListByManagedClusterPager("rg1", "c1", nil).NextPage(t.Context())
	must(t, err)
	if len(page.Value) != 1 {
		t.Errorf("%d are listed", len(page.Value))
	}
	for range 2 { // the second one deletes nothing
		_, err = configurations.Delete(t.Context(), "rg1", "c1", name, nil)
		must(t, err)
	}
}
