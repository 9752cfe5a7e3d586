package status

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func TestNewReport(t *testing.T) {
	for sentence, c := range map[string]struct {
		processes []Process
		healthy   bool
	}{
		"a report is healthy when every process is":              {[]Process{{Healthy: true}, {Healthy: true}}, true},
		"one process that is not healthy is enough":              {[]Process{{Healthy: true}, {}}, false},
		"an optional process that is not healthy does not count": {[]Process{{Healthy: true}, {Optional: true}}, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if NewReport(c.processes).Healthy != c.healthy {
				t.Error(!c.healthy)
			}
		})
	}
}

func TestHealth(t *testing.T) {
	for sentence, c := range map[string]struct {
		path    string
		healthy bool
		code    int
		text    string
	}{
		"an agent that answers is alive":                             {"/livez", true, 200, "ok\n"},
		"an agent is alive also while its processes are not healthy": {"/livez", false, 200, "ok\n"},
		"a machine is ready when all its processes are healthy":      {"/readyz", true, 200, "ok\n"},
		"a machine that is not ready names what is not healthy":      {"/readyz", false, 503, "not healthy: kubelet\n"},
		"the port serves nothing else":                               {"/status", true, 404, "404 page not found\n"},
	} {
		t.Run(sentence, func(t *testing.T) {
			report := NewReport([]Process{{Name: "kubelet", Healthy: c.healthy, Message: "secret"}, {Name: "images", Optional: true}})
			answer := httptest.NewRecorder()
			health(func() Report { return report }).ServeHTTP(answer, httptest.NewRequest("GET", c.path, nil))
			if answer.Code != c.code || answer.Body.String() != c.text {
				t.Errorf("%d %q", answer.Code, answer.Body)
			}
		})
	}
}

func TestAnAgentReplacesTheSocketOfAnotherThatWasKilled(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "run", "agent.sock")
	if _, err := Ask(t.Context(), socket); err == nil {
		t.Error("an answer without an agent")
	}
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(socket, nil, 0o600); err != nil { // what the other one left
		t.Fatal(err)
	}
	want := NewReport([]Process{{Name: "etcd", Healthy: true, Restarts: 2}})
	if err := Serve(t.Context(), socket, func() Report { return want }); err != nil {
		t.Fatal(err)
	}
	got, err := Ask(t.Context(), socket)
	if err != nil || !got.Healthy || got.Processes[0].Restarts != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}
