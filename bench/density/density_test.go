package density

import (
	"strings"
	"testing"
)

func TestEachCostsItsPartOfTheDifference(t *testing.T) {
	table := Markdown(Amounts{"disk, MiB": 100}, Amounts{"disk, MiB": 350}, 20)
	if want := "| disk, MiB | 100 | 350 | 12.5 |\n"; !strings.Contains(table, want) {
		t.Errorf("the table lacks %q:\n%s", want, table)
	}
}

func TestAMachineHasUsedSomeOfEverything(t *testing.T) {
	a, err := Now(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if a[name] < 0 || a[name] == 0 && name != "inotify instances" {
			t.Errorf("%s: %f", name, a[name])
		}
	}
}
