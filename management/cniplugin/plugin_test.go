package cniplugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
)

const previous = `{"cniVersion":"1.0.0","interfaces":[{"name":"veth1234"},{"name":"eth0","sandbox":"/run/netns/x"}],` +
	`"ips":[{"address":"100.96.0.7/32"}]}`

// TestMain lets the test program be the plugin, as lotse-node is.
func TestMain(m *testing.M) {
	if Called() {
		os.Exit(Run(context.Background()))
	}
	os.Exit(m.Run())
}

func config(previous string) string {
	return fmt.Sprintf(`{"cniVersion":"1.0.0","name":"lotse","type":"lotse-node","group":1096,"socket":"/nonexistent","prevResult":%s}`, previous)
}

func TestHostInterface(t *testing.T) {
	for sentence, c := range map[string]struct{ result, link, address, fails string }{
		"the link is the one outside the Pod": {previous, "veth1234", "100.96.0.7", ""},
		"a Pod without a link on the host fails": {
			`{"interfaces":[{"name":"eth0","sandbox":"/x"}],"ips":[{"address":"100.96.0.7/32"}]}`, "", "", "no link",
		},
		"a Pod without an address fails": {`{"interfaces":[{"name":"veth1"}]}`, "", "", "no link"},
		"a result that is none fails":    {`[]`, "", "", "configuration"},
		"no result at all fails":         {`null`, "", "", "must not be the first"},
		"an invalid address fails":       {`{"interfaces":[{"name":"veth1"}],"ips":[{"address":"x"}]}`, "", "", "previous plugin"},
	} {
		t.Run(sentence, func(t *testing.T) {
			parsed, err := parse([]byte(config(c.result)))
			link, address := "", ""
			if err == nil {
				link, address, err = hostInterface(parsed.PrevResult)
			}
			if (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Fatal(err)
			}
			if link != c.link || address != c.address {
				t.Errorf("%q %q", link, address)
			}
		})
	}
}

func TestTheEnforcerGetsThePodAndItsAddress(t *testing.T) {
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
	var pod arguments
	if err := types.LoadArgs("IgnoreUnknown=1;K8S_POD_NAME=x;K8S_POD_UID=12-34", &pod); err != nil {
		t.Fatal(err)
	}
	if err := announce(t.Context(), socket, Announcement{string(pod.K8S_POD_UID), "100.96.0.7"}); err != nil {
		t.Fatal(err)
	}
	if got.UID != "12-34" || got.Address != "100.96.0.7" {
		t.Errorf("announced %+v", got)
	}
}

func environment(command string) []string {
	return []string{
		"CNI_COMMAND=" + command, "CNI_CONTAINERID=c", "CNI_NETNS=/nonexistent", "CNI_IFNAME=eth0", "CNI_PATH=/nonexistent",
		"CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAME=x;K8S_POD_UID=12-34",
	}
}

// plugin runs this program as a container runtime runs the plugin.
func plugin(t *testing.T, command, stdin string) (string, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), environment(command)...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	return out.String(), err
}

func TestTheProtocol(t *testing.T) {
	for sentence, c := range map[string]struct {
		command, stdin, answer string
		fails                  bool
	}{
		"a Pod whose link is in no group fails": {
			"ADD", config(strings.Replace(previous, "veth1234", "no-such-link", 1)), "no-such-link", true,
		},
		"a configuration of another version is refused": {"ADD", strings.Replace(config(previous), "1.0.0", "0.1.0", 1), "incompatible CNI versions", true},
		"nothing is left to delete":                     {"DEL", config(previous), "", false},
		"nothing is checked":                            {"CHECK", config(previous), "", false},
		"the supported versions are listed":             {"VERSION", "", `"supportedVersions":["0.4.0","1.0.0"]`, false},
		"an unknown command is refused":                 {"DANCE", config(previous), "unknown CNI_COMMAND", true},
	} {
		t.Run(sentence, func(t *testing.T) {
			answer, err := plugin(t, c.command, c.stdin)
			if (err != nil) != c.fails || !strings.Contains(answer, c.answer) {
				t.Errorf("answers %q, %v", answer, err)
			}
			var failure types.Error
			if c.fails && (json.Unmarshal([]byte(answer), &failure) != nil || failure.Msg == "" || failure.Code == 0) {
				t.Errorf("not an error of the protocol: %s", answer)
			}
		})
	}
}

// TestALinkJoinsTheGroup needs root: the kernel asks for it even in a network namespace of its own, which keeps the host's as it is.
func TestALinkJoinsTheGroup(t *testing.T) {
	if _, err := exec.LookPath("ip"); os.Geteuid() != 0 || err != nil {
		t.Skip("needs root and ip")
	}
	cmd := exec.Command("sh", "-c", `ip link add veth1234 type veth peer name eth0 && env "$@" "$0" && ip -details link show veth1234`, os.Args[0])
	cmd.Args = append(cmd.Args, environment("ADD")...)
	cmd.Stdin = strings.NewReader(config(previous))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{`"address": "100.96.0.7/32"`, `"cniVersion": "1.0.0"`, "group 1096"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s is missing: %s", want, out)
		}
	}
}
