package apiserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// aggregate registers an aggregated API server, which publishes a document of version 2 only, with the API servers.
func (e environment) aggregate(t *testing.T) {
	answers := map[string]string{
		"/openapi/v2": `{"swagger":"2.0","info":{"title":"aggregated","version":"v1"},"paths":{"/apis/aggregated.example.org/v1/":
{"get":{"description":"Published elsewhere.","operationId":"getAggregated","responses":{"200":{"description":"OK"}}}}}}`,
		"/apis/aggregated.example.org/v1": `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"aggregated.example.org/v1","resources":[]}`,
	}
	aggregated := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, known := answers[r.URL.Path]
		if !known {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(aggregated.Close)
	at, err := url.Parse(aggregated.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []server{e.upstream, e.lotse} {
		s.post(t, "/api/v1/namespaces/default/services",
			`{"apiVersion":"v1","kind":"Service","metadata":{"name":"aggregated"},"spec":{"type":"ExternalName","externalName":"localhost"}}`)
		s.post(t, "/apis/apiregistration.k8s.io/v1/apiservices", fmt.Sprintf(`{"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService",
"metadata":{"name":"v1.aggregated.example.org"},"spec":{"group":"aggregated.example.org","version":"v1","groupPriorityMinimum":100,"versionPriority":100,
"insecureSkipTLSVerify":true,"service":{"namespace":"default","name":"aggregated","port":%s}}}`, at.Port()))
	}
}
