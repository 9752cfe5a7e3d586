package client

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// door is a front door that answers from a table of "METHOD path" to handlers, and counts the tokens it gave.
func door(t *testing.T, routes map[string]http.HandlerFunc) (*Client, *int) {
	t.Helper()
	given := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/adfs/oauth2/token" {
			given++
			fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":3600,"token_type":"Bearer"}`, given)
			return
		}
		if r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", given) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		serve, ok := routes[r.Method+" "+r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"code":"ResourceNotFound","message":"no such thing"}}`)
			return
		}
		serve(w, r)
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(ca, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := New(Credential{Endpoint: server.URL, AppID: "app", Secret: "s", SubscriptionID: "sub", CAFile: ca})
	if err != nil {
		t.Fatal(err)
	}
	c.PollEvery = time.Millisecond
	return c, &given
}

func TestListFollowsItsPagesWithOneToken(t *testing.T) {
	c, tokens := door(t, map[string]http.HandlerFunc{
		"GET /subscriptions/sub/resourceGroups": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("api-version") != resourcesVersion {
				t.Errorf("api-version = %q, want %q", r.URL.Query().Get("api-version"), resourcesVersion)
			}
			if r.URL.Query().Get("$skipToken") == "" {
				fmt.Fprintf(w, `{"value":[{"name":"a"}],"nextLink":"https://%s%s?api-version=2021-04-01&$skipToken=x"}`, r.Host, r.URL.Path)
				return
			}
			fmt.Fprint(w, `{"value":[{"name":"b"}]}`)
		},
	})
	documents, err := c.List(context.Background(), c.GroupsPath())
	if err != nil {
		t.Fatal(err)
	}
	groups, err := Views[Group](documents)
	if err != nil || len(groups) != 2 || groups[0].Name != "a" || groups[1].Name != "b" {
		t.Errorf("groups = %+v, %v; want a and b", groups, err)
	}
	if *tokens != 1 {
		t.Errorf("fetched %d tokens, want 1", *tokens)
	}
}

func TestWaitFollowsAnOperationToItsEnd(t *testing.T) {
	tests := map[string]struct {
		answers   []string
		want      []Progress
		complaint string
	}{
		"an operation that succeeds tells what it waited for": {
			answers: []string{
				`{"status":"InProgress","percentComplete":40,"properties":{"waiting":"etcd to become ready"}}`,
				`{"status":"Succeeded","percentComplete":100}`,
			},
			want: []Progress{{"InProgress", 40, "etcd to become ready"}, {"Succeeded", 100, ""}},
		},
		"an operation that fails gives its error": {
			answers:   []string{`{"status":"Failed","error":{"code":"NoRoom","message":"no machine has room"}}`},
			complaint: "no machine has room (NoRoom)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			looks := 0
			c, _ := door(t, map[string]http.HandlerFunc{
				"PUT /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Azure-AsyncOperation", "https://"+r.Host+"/op")
					w.WriteHeader(http.StatusCreated)
					fmt.Fprint(w, `{"name":"g"}`)
				},
				"GET /op": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tt.answers[looks]); looks++ },
			})
			operation, err := c.Put(context.Background(), c.GroupPath("g"), map[string]string{"location": "local"})
			if err != nil || !operation.Created() {
				t.Fatalf("operation = %+v, %v; want one that created", operation, err)
			}
			var seen []Progress
			err = operation.Wait(context.Background(), func(p Progress) { seen = append(seen, p) })
			if fmt.Sprint(seen) != fmt.Sprint(tt.want) {
				t.Errorf("progress = %v, want %v", seen, tt.want)
			}
			if tt.complaint == "" && err != nil || tt.complaint != "" && (err == nil || err.Error() != tt.complaint) {
				t.Errorf("error = %v, want %q", err, tt.complaint)
			}
		})
	}
}

func TestWaitThatTimesOutSaysWhatItWaitedFor(t *testing.T) {
	c, _ := door(t, map[string]http.HandlerFunc{
		"DELETE /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Azure-AsyncOperation", "https://"+r.Host+"/op")
			w.WriteHeader(http.StatusAccepted)
		},
		"GET /op": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"status":"InProgress","properties":{"waiting":"2 machines to end"}}`)
		},
	})
	operation, err := c.Delete(context.Background(), c.GroupPath("g"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err = operation.Wait(ctx, nil)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 machines to end") {
		t.Errorf("error = %v, want the deadline and what was waited for", err)
	}
}

func TestWaitAtALocationEndsWhenItNoLongerSaysAccepted(t *testing.T) {
	looks := 0
	c, _ := door(t, map[string]http.HandlerFunc{
		"DELETE /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://"+r.Host+"/result")
			w.WriteHeader(http.StatusAccepted)
		},
		"GET /result": func(w http.ResponseWriter, _ *http.Request) {
			if looks++; looks < 3 {
				w.WriteHeader(http.StatusAccepted)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		},
	})
	operation, err := c.Delete(context.Background(), c.GroupPath("g"))
	if err != nil {
		t.Fatal(err)
	}
	if err := operation.Wait(context.Background(), nil); err != nil || looks != 3 {
		t.Errorf("error = %v after %d looks, want none after 3", err, looks)
	}
}

func TestErrorsKeepTheirMeaning(t *testing.T) {
	refuse := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); fmt.Fprint(w, body) }
	}
	tests := map[string]struct {
		serve http.HandlerFunc
		is    func(error) bool
		text  string
	}{
		"a missing resource is not found": {
			refuse(404, `{"error":{"code":"ResourceNotFound","message":"gone"}}`), IsNotFound, "gone (ResourceNotFound)"},
		"a busy resource is a conflict": {
			refuse(409, `{"error":{"code":"OperationNotAllowed","message":"busy"}}`), IsConflict, "busy (OperationNotAllowed)"},
		"a changed resource is a conflict": {
			refuse(412, `{"error":{"code":"PreconditionFailed","message":"changed"}}`), IsConflict, "changed (PreconditionFailed)"},
		"a target and details are told": {
			refuse(403, `{"error":{"code":"Denied","message":"no","target":"properties.x","details":[{"code":"Why","message":"so"}]}}`),
			IsUnauthorized, "no (Denied) at properties.x\n  so (Why)"},
		"an answer that is not ARM's is shown as it is": {
			refuse(502, "bad gateway\n"), func(err error) bool { return status(err) == 502 }, "bad gateway (BadGateway)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, _ := door(t, map[string]http.HandlerFunc{"GET /subscriptions/sub/resourceGroups/g": tt.serve})
			_, err := c.Get(context.Background(), c.GroupPath("g"))
			if err == nil || !tt.is(err) || err.Error() != tt.text {
				t.Errorf("error = %v, want %q of the right kind", err, tt.text)
			}
		})
	}
}

func TestTheTokenGoesToTheFrontDoorOnly(t *testing.T) {
	c, _ := door(t, nil)
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("a stranger was given %q", got)
		}
	}))
	defer stranger.Close()
	request, _ := http.NewRequest(http.MethodGet, stranger.URL, nil)
	response, err := c.Transport().RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
}

func TestReadCredentialSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "admin.json")
	if _, err := ReadCredential(file); err == nil || !strings.Contains(err.Error(), "lotse up") {
		t.Errorf("error = %v, want the command that makes a credential", err)
	}
	write := func(c Credential) {
		content, _ := json.Marshal(c)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(Credential{Endpoint: "https://h", AppID: "a"})
	if _, err := ReadCredential(file); err == nil || !strings.Contains(err.Error(), "secret, subscriptionId") {
		t.Errorf("error = %v, want the names of what is missing", err)
	}
	write(Credential{Endpoint: "https://h/", AppID: "a", Secret: "s", SubscriptionID: "x", CAFile: "ca.crt"})
	c, err := ReadCredential(file)
	if err != nil || c.Endpoint != "https://h" || c.CAFile != filepath.Join(dir, "ca.crt") {
		t.Errorf("credential = %+v, %v; want no trailing slash and the authority beside the file", c, err)
	}
}
