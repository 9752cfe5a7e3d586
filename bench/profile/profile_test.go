package profile

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

func TestWhatIsSpentIsCountedByPlaceAndProgram(t *testing.T) {
	before := Look{busy: 10 * time.Second, flushes: 5, processes: map[identity]process{
		{1, "100"}: {program: "etcd", cgroup: "a", cpu: 4 * time.Second, switches: 10, written: 1 << 20},
	}}
	after := Look{busy: 18 * time.Second, flushes: 9, processes: map[identity]process{
		{1, "100"}: {program: "etcd", cgroup: "a", cpu: 6 * time.Second, switches: 15, written: 3 << 20},
		{1, "900"}: {program: "etcd", cgroup: "a", cpu: time.Second, switches: 2}, // another process with a number that is used again
		{7, "901"}: {program: "kubelet", cgroup: "b", cpu: 4 * time.Second},
		{8, "902"}: {program: "pause", cgroup: "b", cpu: time.Millisecond, switches: 3},
	}}
	text := Between(before, after, func(cgroup string) string { return "in " + cgroup }).Markdown()
	for _, want := range []string{
		"| in b | kubelet | 4.00 | 0 | 0.0 |\n| in a | etcd × 2 | 3.00 | 7 | 2.0 |\n", "| others | | 0.00 | 3 | 0.0 |", "| **the machine** | | 8.00 |", "flushed 4 times",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
}

func TestALookSeesThisProcess(t *testing.T) {
	look, err := Now()
	if err != nil {
		t.Fatal(err)
	}
	for id, p := range look.processes {
		if id.pid == os.Getpid() && id.start != "" && strings.HasSuffix(p.program, ".test") && p.cgroup != "" {
			return
		}
	}
	t.Error("this process is not seen")
}

func TestRequestsAreCountedByVerbAndResource(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`# TYPE apiserver_request_total counter
apiserver_request_total{code="200",resource="pods",verb="GET"} 3
apiserver_request_total{code="404",resource="pods",verb="GET"} 2
apiserver_request_total{code="200",resource="",verb="GET"} 1
apiserver_request_total{code="200",resource="nodes",verb="PATCH"} 9
`))
	}))
	defer server.Close()
	client, err := rest.RESTClientFor(&rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{
		GroupVersion: &schema.GroupVersion{Version: "v1"}, NegotiatedSerializer: scheme.Codecs.WithoutConversion(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := RequestsOf(context.Background(), client)
	if err != nil {
		t.Fatal(err)
	}
	since := all.Since(Requests{"PATCH nodes": 9, "GET pods": 1})
	if got, want := since.Markdown(5), "5 requests: GET pods 4, GET (no resource) 1"; got != want {
		t.Errorf("requests are %q, want %q", got, want)
	}
}
