package hook

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The stories test the effect of the hook: their privileged Pods start, and their nodes are Ready.
func TestCreateRuntime(t *testing.T) {
	if err := CreateRuntime(strings.NewReader(fmt.Sprintf(`{"pid": %d}`, os.Getpid()))); err != nil {
		t.Errorf("a container without a user namespace: %v", err)
	}
	for _, state := range []string{"", "{", `{"pid": 0}`} {
		if err := CreateRuntime(strings.NewReader(state)); err == nil {
			t.Errorf("the state %q is taken", state)
		}
	}
}
