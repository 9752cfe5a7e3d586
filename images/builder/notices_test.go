package builder

import (
	"os"
	"path/filepath"
	"testing"
)

func TestALicenceSharedByModulesIsPrintedOnce(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{
		"a/LICENSE": "text\n", "b/LICENSE.md": "text\r\n", "b/NOTICE": "more", "b/license.go": "package b", "b/README": "no",
	} {
		put(t, root, name, content)
	}
	holders := map[string][]string{}
	for _, name := range []string{"b", "a"} {
		if err := collectNotices(holders, name, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	const line = "\n============================================================\n\n"
	if got, want := string(printNotices(holders)), "a\nb"+line+"text\n\n\nb"+line+"more\n\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := collectNotices(holders, "c", filepath.Join(root, "c")); !os.IsNotExist(err) && err == nil {
		t.Error("a module that is not there has no error")
	}
}

func TestEscapeWritesCapitalsAsTheModuleCacheDoes(t *testing.T) {
	if got := escape("github.com/Azure/go-NTLM"); got != "github.com/!azure/go-!n!t!l!m" {
		t.Errorf("got %s", got)
	}
}
