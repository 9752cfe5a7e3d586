package scenario

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// logIns: the first was by service principal, as lotse env does it. These are the others.
func (a *azStory) logIns(t *testing.T) {
	who := makeUser(a.ctx, t)
	t.Run("user and password", func(t *testing.T) { a.password(t, who) })
	t.Run("device code", func(t *testing.T) { a.device(t, who) })
	t.Run("identity", a.identity)
}

func (a *azStory) password(t *testing.T, who user) {
	az := a.another(a.ctx, t)
	az.refused(a.ctx, t, []string{"password"}, "login", "-u", who.name, "-p", "wrong")
	login := az.command(a.ctx, "login", "-u", who.name, "-p", "@-") // arguments can be read by every user of the machine
	login.Stdin = strings.NewReader(who.password)
	if _, err := login.Output(); err != nil {
		t.Fatalf("az login: %v", withStderr(err))
	}
	az.equal(a.ctx, t, who.name+"\nuser", "account", "show", "[user.name, user.type]")
	az.equal(a.ctx, t, a.group, "group", "show", "-n", a.group, "name")
	az.refused(a.ctx, t, []string{"AuthorizationFailed", who.name}, "group", "create", "-n", a.group+"-user", "-l", lotse.client.Credential.Location)
}

// device plays both sides: az on a machine without a browser, and its user with one.
func (a *azStory) device(t *testing.T, who user) {
	az := a.another(a.ctx, t)
	output := &syncBuffer{}
	cmd := az.command(a.ctx, "login", "--use-device-code", "-o", "tsv", "--query", "[].user.name")
	cmd.Env = append(cmd.Env, "AZURE_CORE_ONLY_SHOW_ERRORS=no") // the code is a warning
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Kill() // it has ended unless the test failed
	}()
	prompt := regexp.MustCompile(`open the page (\S+) and enter the code (\S+) to`)
	var page, code string
	seen, ok := poll(a.ctx, time.Minute, func() (bool, string) {
		if m := prompt.FindStringSubmatch(output.String()); m != nil {
			page, code = m[1], m[2]
		}
		return page != "", output.String()
	})
	if !ok {
		t.Fatalf("az named no page and code; it printed: %s", seen)
	}
	if err := a.browse(page, code, who); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil || strings.TrimSpace(out.String()) != who.name {
			t.Fatalf("az login ended with %v as %q: %s", err, out.String(), output)
		}
	case <-time.After(time.Minute):
		t.Fatalf("az does not notice that its user signed in; it printed: %s", output)
	}
	az.equal(a.ctx, t, a.group, "group", "show", "-n", a.group, "name")
}

// browse opens the page that az named, fills in the form and sends it.
func (a *azStory) browse(page, code string, who user) error {
	trust, err := lotse.client.Credential.TLS()
	if err != nil {
		return err
	}
	browser := &http.Client{Transport: &http.Transport{TLSClientConfig: trust}, Timeout: time.Minute}
	shown, err := browser.Get(page)
	if err != nil {
		return err
	}
	defer shown.Body.Close()
	form, err := io.ReadAll(shown.Body)
	if err != nil {
		return err
	}
	for _, field := range []string{"user_code", "username", "password"} {
		if !bytes.Contains(form, []byte(`name="`+field+`"`)) {
			return fmt.Errorf("the page %s has no field %s: %s", page, field, form)
		}
	}
	sent, err := browser.PostForm(page, url.Values{"user_code": {code}, "username": {who.name}, "password": {who.password}})
	if err != nil {
		return err
	}
	defer sent.Body.Close()
	answer, err := io.ReadAll(sent.Body)
	if err != nil || sent.StatusCode != http.StatusOK {
		return fmt.Errorf("the page answered %s: %s %w", sent.Status, answer, err)
	}
	return nil
}

// identity logs az in by the endpoint that lotse identity offers, without a secret.
func (a *azStory) identity(t *testing.T) {
	az, credential := a.another(a.ctx, t), makeIdentity(a.ctx, t)
	under := func(script string) (string, error) {
		cmd := az.shell(a.ctx, `exec "$0" --credentials "$1" identity bash -ec "$2"`)
		cmd.Args = append(cmd.Args, lotse.artifacts+"/bin/lotse", credential, script)
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	out, err := under(`az login --identity >/dev/null; az account show --query user.name -o tsv; az group show -n ` + a.group + ` --query name -o tsv`)
	if err != nil || out != "systemAssignedIdentity\n"+a.group {
		t.Errorf("got %q, %v", out, withStderr(err))
	}
	if out, err := under(`az group create -n ` + a.group + `-robot -l ` + lotse.client.Credential.Location); err == nil {
		t.Errorf("an identity that may read made a group: %s", out)
	}
	if out, err := under(`MSI_SECRET=guessed az login --identity`); err == nil {
		t.Errorf("az logged in without knowing the endpoint's key: %s", out)
	}
	az.refused(a.ctx, t, nil, "group", "show", "-n", a.group)
}

// syncBuffer can be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *syncBuffer) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(p)
}

func (n *syncBuffer) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}
