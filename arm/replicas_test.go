package arm_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm"
	"lotse.dev/arm/replica"
)

// twoReplicas write and read in turn: each sees what the other has answered, whatever its cache has seen.
func twoReplicas(t *testing.T, w *world) {
	w.replicas.several.Store(true)
	token, group := w.token(admin), s1+"/resourceGroups/shared"
	a := w.join(t, w.replicated())
	w.want(t, a.send(t, token, "PUT", group+v, `{"location":"local","tags":{"by":"a"}}`), 201, "")
	began := time.Now()
	b := w.join(t, w.replicated())
	for i := range 30 {
		writer, reader, tag := a, b, fmt.Sprint(i)
		if i%2 == 0 {
			writer, reader = b, a
		}
		w.want(t, writer.send(t, token, "PUT", group+v, `{"location":"local","tags":{"by":"`+tag+`"}}`), 200, "")
		if got := w.want(t, reader.send(t, token, "GET", group+v, ""), 200, ""); got.at("tags.by") != tag {
			t.Fatalf("after the write of %s the other replica answers %s", tag, got.body)
		}
		listed := w.want(t, reader.send(t, token, "GET", s1+"/resourceGroups"+v+"&$filter=tagName%20eq%20'by'%20and%20tagValue%20eq%20'"+tag+"'", ""), 200, "")
		if n := len(listed.at("value").([]any)); n != 1 {
			t.Fatalf("after the write of %s the other replica lists %d groups with it", tag, n)
		}
	}
	if took := time.Since(began); took < replica.Term/2 {
		t.Errorf("the second replica answered its first write %v after it had come; the first one may not have known of it", took)
	}
	w.want(t, b.send(t, token, "DELETE", group+v, ""), 202, "")
	w.until(t, "the group to go", func() bool { return b.send(t, token, "GET", group+v, "").StatusCode == 404 })
	w.want(t, a.send(t, token, "GET", group+v, ""), 404, "ResourceGroupNotFound")
}

func (w *world) replicated() arm.Options {
	o := w.options
	o.Replicated = true
	return o
}

// door is a front door without a listener.
type door struct {
	http.Handler
	host string
}

// join makes a front door that the others know of.
func (w *world) join(t *testing.T, o arm.Options) door {
	t.Helper()
	s, err := arm.New(o)
	must(t, err)
	t.Cleanup(s.Join(context.WithoutCancel(t.Context())))
	return door{s.Handler(), w.server.URL}
}

func (d door) send(t *testing.T, token, method, path, body string) answer {
	t.Helper()
	r := httptest.NewRequest(method, d.host+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, r)
	result := recorder.Result()
	result.Request = r
	return answer{result, recorder.Body.Bytes()}
}

// alone is what a front door knows that is the only one.
type alone struct{}

func (alone) Alone() bool                       { return true }
func (alone) Acknowledge(context.Context) error { return nil }

// oneCall: while the cache is up to date a GET needs no call of the API server, and a change of tags one.
func oneCall(t *testing.T, w *world) {
	token, path := w.token(admin), s1+"/resourceGroups/once"
	calls := &counting{Client: w.options.Client}
	o := w.options
	o.Client, o.Replicas = calls, alone{}
	s, err := arm.New(o)
	must(t, err)
	d := door{s.Handler(), w.server.URL}
	w.want(t, d.send(t, token, "PUT", path+v, `{"location":"local"}`), 201, "")
	quiet := func() bool {
		calls.reset()
		w.want(t, d.send(t, token, "GET", path+v, ""), 200, "")
		return calls.total() == 0
	}
	for i := range 3 {
		w.until(t, "the cache to see the write", quiet)
		calls.reset()
		w.want(t, d.send(t, token, "PUT", path+v, fmt.Sprintf(`{"location":"local","tags":{"n":"%d"}}`, i)), 200, "")
		if calls.total() != 1 || calls.writes != 1 {
			t.Errorf("a change of tags took %d calls, %d of them writes", calls.total(), calls.writes)
		}
		if got := w.want(t, d.send(t, token, "GET", path+v, ""), 200, ""); got.at("tags.n") != fmt.Sprint(i) {
			t.Errorf("a GET after it shows %s", got.body)
		}
	}
	g := &v1alpha1.ResourceGroup{}
	key := client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(path)}
	must(t, w.client.Get(t.Context(), key, g))
	if len(g.ManagedFields) == 0 {
		t.Error("the changes removed what is known of who owns the group's fields")
	}
	w.want(t, d.send(t, token, "DELETE", path+v, ""), 202, "")
}
