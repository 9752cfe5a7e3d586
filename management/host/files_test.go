package host

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lotse.dev/images"
)

var update = flag.Bool("update", false, "write the golden files")

func TestFiles(t *testing.T) {
	private := Spec{
		Data: "/var/lib/lotse", RestrictOOM: true, Credentials: "c0", Programs: "p0",
		Pause: "registry.lotse.internal/lotse/pause:1", Etcd: "registry.lotse.internal/lotse/etcd:1", Kubernetes: "registry.lotse.internal/lotse/kubernetes:1",
	}
	public := private
	public.Systemd, public.RestrictOOM, public.Address = true, false, "192.0.2.7"
	for name, spec := range map[string]Spec{"private": private, "systemd-and-public-address": public} {
		t.Run(name, func(t *testing.T) { compare(t, filepath.Join("testdata", name), rendered(t, spec)) })
	}
}

// rendered is everything written for a spec, by file name.
func rendered(t *testing.T, s Spec) map[string][]byte {
	t.Helper()
	files, err := Files(s)
	if err != nil {
		t.Fatal(err)
	}
	processes, err := processFile(s, files)
	if err != nil {
		t.Fatal(err)
	}
	pods, err := ControlPlane(s)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{"lotse.service": unit(s.Data).Content}
	for _, f := range append(append(files, processes), pods...) {
		all[filepath.Base(f.Path)] = f.Content
	}
	return all
}

func compare(t *testing.T, dir string, got map[string][]byte) {
	t.Helper()
	for name, content := range got {
		golden := filepath.Join(dir, name)
		if *update {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, content, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil || string(want) != string(content) {
			t.Errorf("%s differs from what is rendered (run with -update and look at the difference): %v", golden, err)
		}
	}
}

func TestOnlyTheProcessConcernedIsStartedAgain(t *testing.T) {
	s := Spec{Data: "/d"}
	files, err := Files(s)
	if err != nil {
		t.Fatal(err)
	}
	before := Processes(s, files)
	s.Address = "192.0.2.7" // concerns kube-proxy only
	changed, err := Files(s)
	if err != nil {
		t.Fatal(err)
	}
	after := Processes(s, changed)
	for i, p := range before.Processes {
		same := strings.Join(p.Env, " ") == strings.Join(after.Processes[i].Env, " ")
		if same != (p.Name != "kube-proxy") {
			t.Errorf("%s: environment the same: %v", p.Name, same)
		}
	}
}

func TestMissingImagesComeInTheOrderTheyAreWaitedFor(t *testing.T) {
	c := images.Catalogue{Images: map[string]images.Image{"pause": {Ref: "p"}, "etcd": {Ref: "e"}, "kubernetes": {Ref: "k"}}}
	got := missing(c, []string{"pause", "etcd", "kubernetes", "unbuilt"}, []string{"e"})
	if len(got) != 2 || got[0].Ref != "p" || got[1].Ref != "k" {
		t.Errorf("got %+v", got)
	}
}

func TestCopyProgramCopiesOnlyWhatDiffers(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "bin", "to")
	if err := os.WriteFile(from, []byte("one"), 0o755); err != nil {
		t.Fatal(err)
	}
	first, err := copyProgram(from, to)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte("our"), 0o755); err != nil { // the same size, another time: must be replaced
		t.Fatal(err)
	}
	again, err := copyProgram(from, to)
	if err != nil {
		t.Fatal(err)
	}
	content, _ := os.ReadFile(to)
	if first != again || string(content) != "one" {
		t.Errorf("stamps %q and %q, content %q", first, again, content)
	}
}

func TestHasCapability(t *testing.T) {
	if !hasCapability("Name:\tx\nCapEff:\t0000000001000000\n", 24) || hasCapability("CapEff:\t0000000000ffffff\n", 24) {
		t.Error("CAP_SYS_RESOURCE is bit 24")
	}
}

func TestAFileIsWrittenAgainWhenItsContentOrModeDiffers(t *testing.T) {
	for sentence, c := range map[string]struct {
		content string
		mode    os.FileMode
		again   bool
	}{
		"a file that is as it should be stays":     {"token", 0o600, false},
		"another content is replaced":              {"old", 0o600, true},
		"a mode that lets others read is replaced": {"token", 0o644, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := File{Path: filepath.Join(t.TempDir(), "kubeconfig"), Mode: 0o600, Content: []byte("token")}
			if err := os.WriteFile(f.Path, []byte(c.content), c.mode); err != nil {
				t.Fatal(err)
			}
			before, _ := os.Stat(f.Path)
			if err := f.put(); err != nil {
				t.Fatal(err)
			}
			after, err := os.Stat(f.Path)
			if err != nil || os.SameFile(before, after) == c.again || after.Mode() != 0o600 {
				t.Errorf("written again: %v, mode %v (%v)", !os.SameFile(before, after), after.Mode(), err)
			}
		})
	}
}
