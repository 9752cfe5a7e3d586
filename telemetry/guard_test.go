package telemetry

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
)

// TestGuard: only a token that the management cluster knows, and that may get the path, reads metrics.
func TestGuard(t *testing.T) {
	var asked atomic.Int64
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var review struct {
			Kind, APIVersion string
			Spec             struct {
				Token, User           string
				NonResourceAttributes struct{ Path, Verb string }
			}
		}
		_ = json.NewDecoder(r.Body).Decode(&review)
		s := review.Spec
		status := map[string]any{"authenticated": s.Token == "reader" || s.Token == "stranger", "user": map[string]any{"username": s.Token}}
		if review.Kind == "SubjectAccessReview" {
			status = map[string]any{"allowed": s.User == "reader" && s.NonResourceAttributes.Path == "/metrics" && s.NonResourceAttributes.Verb == "get"}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"kind": review.Kind, "apiVersion": review.APIVersion, "status": status})
	}))
	defer api.Close()
	config := &rest.Config{Host: api.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}
	filter, err := Guard(config, api.Client())
	if err != nil {
		t.Fatal(err)
	}
	guarded, err := filter(logr.Discard(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	if err != nil {
		t.Fatal(err)
	}
	for sentence, c := range map[string]struct {
		authorization, method, path string
		want                        int
	}{
		"a request without a token":        {"", "GET", "/metrics", 401},
		"another scheme":                   {"Basic cmVhZGVy", "GET", "/metrics", 401},
		"a forged token":                   {"Bearer forged", "GET", "/metrics", 401},
		"a token without the right":        {"Bearer stranger", "GET", "/metrics", 403},
		"a reader":                         {"Bearer reader", "GET", "/metrics", 418},
		"a reader of metrics, elsewhere":   {"Bearer reader", "GET", "/debug/pprof/", 403},
		"a reader who does more than read": {"Bearer reader", "POST", "/metrics", 403},
	} {
		t.Run(sentence, func(t *testing.T) {
			for range 2 { // the second time from memory
				r := httptest.NewRequest(c.method, c.path, nil)
				if c.authorization != "" {
					r.Header.Set("Authorization", c.authorization)
				}
				w := httptest.NewRecorder()
				guarded.ServeHTTP(w, r)
				if w.Code != c.want {
					t.Errorf("got %d, want %d", w.Code, c.want)
				}
			}
		})
	}
	before := asked.Load()
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Authorization", "Bearer reader")
	guarded.ServeHTTP(httptest.NewRecorder(), r)
	if asked.Load() != before {
		t.Error("a reader is asked about at each scrape")
	}
}
