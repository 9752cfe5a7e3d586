package client

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// frontDoor answers from a table of "METHOD path" to handlers, and counts the tokens it gave.
func frontDoor(t *testing.T, routes map[string]http.HandlerFunc) (*Client, *int) {
	t.Helper()
	given := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/adfs/oauth2/token" {
			given++
			w.Header().Set("Content-Type", "application/json")
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
	c, tokens := frontDoor(t, map[string]http.HandlerFunc{
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
		"a target and details are in the text": {
			refuse(403, `{"error":{"code":"Denied","message":"no","target":"properties.x","details":[{"code":"Why","message":"so"}]}}`),
			IsUnauthorized, "no (Denied) at properties.x\n  so (Why)"},
		"an answer that is not ARM's is shown as it is": {
			refuse(502, "bad gateway\n"), func(err error) bool { return status(err) == 502 }, "bad gateway (BadGateway)"},
		"an answer without a body is shown by its status": {
			refuse(502, ""), func(err error) bool { return status(err) == 502 }, "the front door answered 502 Bad Gateway (BadGateway)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, _ := frontDoor(t, map[string]http.HandlerFunc{"GET /subscriptions/sub/resourceGroups/g": tt.serve})
			_, err := c.Get(context.Background(), c.GroupPath("g"))
			if err == nil || !tt.is(err) || err.Error() != tt.text {
				t.Errorf("error = %v, want %q of the right kind", err, tt.text)
			}
		})
	}
}

func TestATokenThatIsRefusedIsAnAuthenticationFailure(t *testing.T) {
	for sentence, tt := range map[string]struct {
		status       int
		body, wanted string
	}{
		"a wrong secret is named": {
			401, `{"error":"invalid_client","error_description":"the secret is wrong"}`,
			"the front door gave no token (HTTP 401 invalid_client): the secret is wrong (AuthenticationFailed)"},
		"an answer that is not OAuth's has its status": {
			503, "busy", "the front door gave no token (HTTP 503 ): (AuthenticationFailed)"},
	} {
		t.Run(sentence, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}))
			defer server.Close()
			c, err := New(Credential{Endpoint: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.Token(t.Context()); err == nil || err.Error() != tt.wanted || !IsUnauthorized(err) {
				t.Errorf("error = %v, want %q", err, tt.wanted)
			}
		})
	}
}

func TestAFrontDoorThatDoesNotAnswerIsUnreachableAtOnce(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c, err := New(Credential{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, get := c.Get(t.Context(), c.GroupPath("g"))
	_, list := c.List(t.Context(), c.GroupsPath())
	for _, err := range []error{c.Alive(t.Context()), get, list} {
		if silent := (*Unreachable)(nil); !errors.As(err, &silent) || silent.Endpoint != server.URL {
			t.Errorf("error = %v, want one that names the endpoint", err)
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s: a front door that is not there was asked again", took)
	}
}

func TestStreamReadsAnAnswerAsItComes(t *testing.T) {
	more := make(chan struct{})
	c, _ := frontDoor(t, map[string]http.HandlerFunc{
		"GET " + OwnLogsPath("lotse"): func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "one\n")
			w.(http.Flusher).Flush()
			<-more
			fmt.Fprint(w, "two\n")
		},
	})
	log, err := c.Stream(t.Context(), OwnLogsPath("lotse"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	first := make([]byte, 4)
	if _, err := io.ReadFull(log, first); err != nil || string(first) != "one\n" {
		t.Errorf("read %q, %v before the answer ended", first, err)
	}
	close(more)
	if rest, err := io.ReadAll(log); err != nil || string(rest) != "two\n" {
		t.Errorf("the rest is %q, %v", rest, err)
	}
	if _, err := c.Stream(t.Context(), OwnLogsPath("none")); !IsNotFound(err) {
		t.Errorf("error = %v, want not found", err)
	}
}

func TestTheTokenGoesToTheFrontDoorOnly(t *testing.T) {
	c, _ := frontDoor(t, nil)
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
