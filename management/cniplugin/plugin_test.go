package cniplugin

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

const previous = `{"cniVersion":"1.0.0","interfaces":[{"name":"veth1234"},{"name":"eth0","sandbox":"/run/netns/x"}],"ips":[{"address":"100.96.0.7/32"}]}`

func TestRead(t *testing.T) {
	for sentence, c := range map[string]struct{ result, link, address, fails string }{
		"the link is the one outside the Pod":              {previous, "veth1234", "100.96.0.7", ""},
		"a Pod without a link here is not let in":          {`{"interfaces":[{"name":"eth0","sandbox":"/x"}],"ips":[{"address":"100.96.0.7/32"}]}`, "", "", "no link"},
		"a Pod without an address is not let in":           {`{"interfaces":[{"name":"veth1"}]}`, "", "", "no link"},
		"a result that is none is not let in":              {`[]`, "", "", "plugin before"},
		"an address that is none is as good as no address": {`{"interfaces":[{"name":"veth1"}],"ips":[{"address":"x"}]}`, "", "", "no link"},
	} {
		t.Run(sentence, func(t *testing.T) {
			link, address, err := read([]byte(c.result))
			if (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Fatal(err)
			}
			if link != c.link || address != c.address {
				t.Errorf("%q %q", link, address)
			}
		})
	}
}

func TestTheEnforcerIsToldWhichPodHasTheAddress(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var got Announcement
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})}
	go server.Serve(listener) //nolint:errcheck // ends with the test
	defer server.Close()
	uid := argument("IgnoreUnknown=1;K8S_POD_NAME=x;K8S_POD_UID=12-34", "K8S_POD_UID")
	if err := announce(t.Context(), socket, Announcement{uid, "100.96.0.7"}); err != nil {
		t.Fatal(err)
	}
	if got.UID != "12-34" || got.Address != "100.96.0.7" {
		t.Errorf("told %+v", got)
	}
}

func TestAFailureIsToldToTheRuntime(t *testing.T) {
	t.Setenv("CNI_COMMAND", "ADD")
	var out bytes.Buffer
	config := `{"cniVersion":"1.0.0","group":1096,"socket":"/nonexistent","prevResult":` + strings.Replace(previous, "veth1234", "no-such-link", 1) + `}`
	if code := Run(t.Context(), strings.NewReader(config), &out); code == 0 {
		t.Error("a Pod whose link is in no group would not be held back by anything, yet it was let in")
	}
	var failure struct{ Msg string }
	if err := json.Unmarshal(out.Bytes(), &failure); err != nil || !strings.Contains(failure.Msg, "no-such-link") {
		t.Errorf("%v: %s", err, out.String())
	}
}
