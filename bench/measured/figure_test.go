package measured

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestWhatIsRecordedIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "figures")
	t.Setenv(Variable, file)
	want := []Figure{
		{Table: "Recovery", Name: "etcd, killed", Took: 4 * time.Second, Stated: time.Minute, Silent: time.Second},
		{Table: "At once", Name: "ten clusters", Took: time.Minute},
	}
	for _, f := range want {
		if err := Record(f); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Read(content); err != nil || !slices.Equal(got, want) {
		t.Errorf("read %v, %v; recorded %v", got, err, want)
	}
	if _, err := Read(append(content, "{"...)); err == nil {
		t.Error("half a line was read without an error")
	}
}

func TestWithoutAFileNothingIsRecorded(t *testing.T) {
	t.Setenv(Variable, "")
	if err := Record(Figure{Name: "not wanted"}); err != nil {
		t.Error(err)
	}
}
