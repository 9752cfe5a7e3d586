package preflight

import (
	"os"
	"strings"
	"testing"
)

func TestUserNamespacesAreTriedWhereFilesLie(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root maps users")
	}
	if err := UserNamespaces(t.TempDir() + "/not/there/yet"); err != nil {
		t.Errorf("on a disk: %v", err)
	}
	if err := UserNamespaces("/proc"); err == nil || !strings.Contains(err.Error(), "/proc") {
		t.Errorf("on a file system that cannot map users: %v", err)
	}
}
