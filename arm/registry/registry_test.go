package registry_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"lotse.dev/audit"
	"lotse.dev/identity"
)

func TestPushAndPull(t *testing.T) {
	d := front(t)
	image := anImage(t)
	if err := remote.Write(d.ref(t, shop+"/app:1"), image, d.as(writer)...); err != nil {
		t.Fatal("a contributor of the subscription pushes:", err)
	}
	push := func(who, to string) func() error {
		return func() error { return remote.Write(d.ref(t, to), image, d.as(who)...) }
	}
	pull := func(who, from string) func() error {
		return func() error { _, err := remote.Image(d.ref(t, from), d.as(who)...); return err }
	}
	remove := func(who, what string) func() error {
		return func() error { return remote.Delete(d.ref(t, what), d.as(who)...) }
	}
	for _, c := range []struct {
		sentence string
		try      func() error
		message  string // "" if it works
	}{
		{"a reader of the subscription pulls", pull(reader, shop+"/app:1"), ""},
		{"a reader does not push", push(reader, shop+"/app:2"), "does not have authorization"},
		{"a contributor of a group does not overwrite", push(ofGroup, shop+"/app:1"), "403"},
		{"a contributor of a group does not delete", remove(ofGroup, shop+"/app:1"), "does not have authorization"},
		{"a contributor of a group does not pull", pull(ofGroup, shop+"/app:1"), "does not have authorization"},
		{"the owner of another subscription does not overwrite", push(stranger, shop+"/app:1"), "NAME_UNKNOWN"},
		{"the owner of another subscription does not delete", remove(stranger, shop+"/app:1"), "NAME_UNKNOWN"},
		{"the owner of another subscription does not pull", pull(stranger, shop+"/app:1"), "NAME_UNKNOWN"},
		{"a principal without a role does not pull", pull(roleless, shop+"/app:1"), "NAME_UNKNOWN"},
		{"AcrPull pulls", pull(puller, shop+"/app:1"), ""},
		{"AcrPull does not push", push(puller, shop+"/app:2"), "does not have authorization"},
		{"AcrPush pushes", push(pusher, shop+"/app:2"), ""},
		{"AcrPush does not delete", remove(pusher, shop+"/app:2"), "does not have authorization"},
		{"AcrDelete does not pull", pull(deleter, shop+"/app:2"), "does not have authorization"},
		{"AcrDelete deletes", remove(deleter, shop+"/app:2"), ""},
		{"an owner of everything pushes anywhere", push(owner, rival+"/app:1"), ""},
		{"a push to a subscription that does not exist is refused", push(owner, "eeeeeeee-0000-0000-0000-000000000005/app:1"), "NAME_UNKNOWN"},
		{"a push to a suspended subscription is refused", push(writer, closed+"/app:1"), "Suspended"},
		{"a push without a subscription is refused with the right form", push(owner, "team/app:1"), "{subscription ID}/team/app"},
		{"a push without a name is refused", push(writer, shop+":1"), "NAME_INVALID"},
		{"the service's own images cannot be pushed", push(owner, "lotse/etcd:1"), "the service's own"},
		{"the service's own images cannot be deleted", remove(owner, "lotse/etcd:1"), "the service's own"},
		{"a wrong secret pulls nothing", func() error {
			wrong := remote.WithAuth(&authn.Basic{Username: writer, Password: "x"})
			_, err := remote.Image(d.ref(t, shop+"/app:1"), wrong, remote.WithTransport(d.Client().Transport))
			return err
		}, "UNAUTHORIZED"},
		{"without a log-in nothing is pulled", func() error {
			_, err := remote.Image(d.ref(t, shop+"/app:1"), remote.WithTransport(d.Client().Transport))
			return err
		}, "UNAUTHORIZED"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			err := c.try()
			if (err == nil) != (c.message == "") || err != nil && !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %v, want %q", err, c.message)
			}
		})
	}
}

func TestTheCatalogListsWhatTheCallerMayPull(t *testing.T) {
	d := front(t)
	image := anImage(t)
	for _, repository := range []string{shop + "/a:1", shop + "/b:1", rival + "/a:1"} {
		if err := remote.Write(d.ref(t, repository), image, d.as(owner)...); err != nil {
			t.Fatal(err)
		}
	}
	for sentence, c := range map[string]struct {
		who, query, want string
	}{
		"a reader of one subscription":           {reader, "", shop + "/a " + shop + "/b"},
		"the owner of another":                   {stranger, "", rival + "/a"},
		"a reader of two":                        {puller, "", shop + "/a " + shop + "/b " + rival + "/a"},
		"an owner of everything":                 {owner, "", shop + "/a " + shop + "/b " + rival + "/a"},
		"a contributor of a group":               {ofGroup, "", ""},
		"a principal without a role":             {roleless, "", ""},
		"the first of them":                      {puller, "?n=1", shop + "/a"},
		"those after one":                        {puller, "?last=" + shop + "/a", shop + "/b " + rival + "/a"},
		"those after another's, that it hides":   {reader, "?last=" + rival + "/a", ""},
		"those after a name that does not exist": {puller, "?n=2&last=" + shop + "/aa", shop + "/b " + rival + "/a"},
	} {
		t.Run(sentence, func(t *testing.T) {
			answer, text := d.do(t, c.who, http.MethodGet, "/v2/_catalog"+c.query, nil, nil)
			var got struct{ Repositories []string }
			if err := json.Unmarshal([]byte(text), &got); err != nil || strings.Join(got.Repositories, " ") != c.want {
				t.Errorf("%s: %s, want %s", answer.Status, text, c.want)
			}
			if more := answer.Header.Get("Link") != ""; more != (c.query == "?n=1") {
				t.Errorf("Link is %q", answer.Header.Get("Link"))
			}
		})
	}
	if answer, _ := d.do(t, reader, http.MethodGet, "/v2/_catalog?n=100000", nil, nil); answer.StatusCode != http.StatusBadRequest {
		t.Error(answer.Status)
	}
}

func TestABlobIsMountedOnlyFromWhereTheCallerMayPull(t *testing.T) {
	const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for sentence, c := range map[string]struct {
		who, to, query, body string
		header               map[string]string
		mounts               bool
	}{
		"from a repository of the same subscription":  {writer, shop, "?mount=" + digest + "&from=" + shop + "/app", "", nil, true},
		"from another subscription that it may read":  {owner, shop, "?mount=" + digest + "&from=" + rival + "/app", "", nil, true},
		"from the service's own":                      {writer, shop, "?mount=" + digest + "&from=lotse/etcd", "", nil, true},
		"not from another subscription":               {writer, shop, "?mount=" + digest + "&from=" + rival + "/app", "", nil, false},
		"not by a path that means another":            {writer, shop, "?mount=" + digest + "&from=" + shop + "/../" + rival + "/app", "", nil, false},
		"not by naming two":                           {writer, shop, "?mount=" + digest + "&from=" + shop + "/app&from=" + rival + "/app", "", nil, false},
		"not by a form in the body":                   {writer, shop, "", "mount=" + digest + "&from=" + rival + "/app", form, false},
		"not by a form besides an innocent parameter": {writer, shop, "?mount=" + digest, "from=" + rival + "/app", form, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			d := front(t)
			var from, kind string
			d.before = func(r *http.Request) { from, kind = r.FormValue("from"), r.Header.Get("Content-Type") }
			answer, text := d.do(t, c.who, http.MethodPost, "/v2/"+c.to+"/app/blobs/uploads/"+c.query, strings.NewReader(c.body), c.header)
			if answer.StatusCode != http.StatusAccepted && answer.StatusCode != http.StatusCreated {
				t.Fatal(answer.Status, text)
			}
			if (from != "") != c.mounts || kind != "application/octet-stream" {
				t.Errorf("the registry mounts from %q; the body is %s", from, kind)
			}
		})
	}
}

func TestTheRegistryGetsTheSubscriptionsQuota(t *testing.T) {
	d := front(t)
	var bytes, repositories string
	d.before = func(r *http.Request) {
		bytes, repositories = r.Header.Get("Lotse-Quota-Bytes"), r.Header.Get("Lotse-Quota-Repositories")
	}
	claimed := map[string]string{"Lotse-Quota-Bytes": "999999999999999", "Lotse-Quota-Repositories": "999999"}
	d.do(t, writer, http.MethodPost, "/v2/"+shop+"/app/blobs/uploads/", nil, claimed)
	if bytes != "3221225472" || repositories != "200" {
		t.Errorf("quota is %s bytes and %s repositories", bytes, repositories)
	}
}

func TestTheRegistryIsReachedByNoOtherPath(t *testing.T) {
	d := front(t)
	d.before = func(r *http.Request) { t.Errorf("%s %s reached the registry", r.Method, r.URL) }
	for _, path := range []string{
		"/v2/" + shop + "/..%2flotse/etcd/manifests/1", "/v2/" + shop + "%2fapp/manifests/1", "/v2/LOTSE/etcd/manifests/1", "/v2/lotse//etcd/manifests/1",
		"/v2/" + strings.ToUpper(shop) + "/app/manifests/1", "/v2/" + shop + "/app", "/v2/lotse/subscriptions/" + shop, "/lotse/subscriptions/" + shop,
	} {
		for _, method := range []string{http.MethodPut, http.MethodDelete} {
			answer, text := d.do(t, owner, method, path, strings.NewReader("{}"), nil)
			if answer.StatusCode < 400 || answer.StatusCode >= 500 {
				t.Errorf("%s: got %s %s", path, answer.Status, text)
			}
		}
	}
}

func TestUploadsAtTheSameTimeAreBounded(t *testing.T) {
	d := front(t)
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	d.before = func(*http.Request) {
		arrived <- struct{}{}
		<-release
	}
	var done sync.WaitGroup
	begin := func(who string) {
		done.Go(func() { d.do(t, who, http.MethodPost, "/v2/"+shop+"/app/blobs/uploads/", nil, nil) })
	}
	for range 32 {
		begin(writer)
		<-arrived
	}
	answer, text := d.do(t, writer, http.MethodPost, "/v2/"+shop+"/app/blobs/uploads/", nil, nil)
	if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %s %s", answer.Status, text)
	}
	begin(pusher)
	<-arrived // another principal has its own
	close(release)
	done.Wait()
	if answer, text := d.do(t, writer, http.MethodPost, "/v2/"+shop+"/app/blobs/uploads/", nil, nil); answer.StatusCode != http.StatusAccepted {
		t.Errorf("afterwards: %s %s", answer.Status, text)
	}
}

// auditLines counts what the audit log has of the image, by method, kind, status and action.
func auditLines(t *testing.T, d *door) map[string]int {
	image := "/subscriptions/" + shop + "/providers/Microsoft.ContainerRegistry/registries/lotse/app/"
	count := map[string]int{}
	for line := range strings.Lines(d.lines.String()) {
		var record audit.Record
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if rest, ok := strings.CutPrefix(record.ResourceID, image); ok {
			what, _, _ := strings.Cut(rest, "/")
			count[fmt.Sprint(record.Method, " ", what, " ", record.Status, " ", record.Action)]++
		}
	}
	return count
}

func TestPushesAndDeletesAreInTheAuditLog(t *testing.T) {
	d := front(t)
	if err := remote.Write(d.ref(t, shop+"/app:1"), anImage(t), d.as(writer)...); err != nil {
		t.Fatal(err)
	}
	_ = remote.Delete(d.ref(t, shop+"/app:1"), d.as(stranger)...)
	if err := remote.Delete(d.ref(t, shop+"/app:1"), d.as(writer)...); err != nil {
		t.Fatal(err)
	}
	deleted := "DELETE manifests 202 " + identity.DeleteImage
	count := auditLines(t, d)
	for end := time.Now().Add(10 * time.Second); count[deleted] == 0 && time.Now().Before(end); count = auditLines(t, d) {
		time.Sleep(10 * time.Millisecond) // a line is written when its answer has been sent, so a client may have the answer before
	}
	for line, want := range map[string]int{
		"POST blobs 202 " + identity.PushImage:         4, // three layers and the configuration
		"PUT blobs 201 " + identity.PushImage:          4,
		"PUT manifests 201 " + identity.PushImage:      1,
		"DELETE manifests 404 " + identity.DeleteImage: 1,
		deleted:                                 1,
		"PATCH blobs 202 " + identity.PushImage: 0,
	} {
		if count[line] != want {
			t.Errorf("%d lines %q, want %d; there are %v", count[line], line, want, count)
		}
	}
}

func TestTheFrontDoorsTokenIsGoodForTheRegistryAndNotTheOtherWayRound(t *testing.T) {
	s := front(t)
	get := func(path, authorization string, basic bool) *http.Response {
		r, _ := http.NewRequest(http.MethodGet, s.URL+path, nil)
		if basic {
			r.SetBasicAuth(reader, secret)
		} else {
			r.Header.Set("Authorization", authorization)
		}
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	body, _ := io.ReadAll(get("/v2/token?service=x", "", true).Body)
	token := between(string(body), `"access_token":"`, `"`)
	if a := get("/subscriptions?api-version=2019-11-01", "Bearer "+token, false); a.StatusCode != 401 {
		t.Errorf("a registry token opened the front door: %d", a.StatusCode)
	}
	if a := get("/v2/", "Bearer "+token, false); a.StatusCode != 200 {
		t.Errorf("got %d", a.StatusCode)
	}
	form := strings.NewReader("grant_type=client_credentials&client_id=" + reader + "&client_secret=" + secret)
	answer, err := s.Client().Post(s.URL+"/adfs/oauth2/token", "application/x-www-form-urlencoded", form)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ = io.ReadAll(answer.Body)
	if a := get("/v2/", "Bearer "+between(string(body), `"access_token":"`, `"`), false); a.StatusCode != 200 {
		t.Errorf("got %d", a.StatusCode)
	}
	if a := get("/v2/", "", false); a.StatusCode != 401 || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer realm=") {
		t.Errorf("got %d %v", a.StatusCode, a.Header)
	}
}

func between(s, before, after string) string {
	_, rest, _ := strings.Cut(s, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}
