package size

import "testing"

func TestOf(t *testing.T) {
	for sentence, c := range map[string]struct {
		name  string
		cpus  int32
		found bool
	}{
		"a size is found by its name":             {"Standard_D4s_v3", 4, true},
		"a size is found in whatever case":        {"standard_ds2_V2", 2, true},
		"a size that is not in the table is none": {"Standard_M416ms_v2", 0, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if s, found := Of(c.name); found != c.found || s.CPUs != c.cpus {
				t.Errorf("%+v, %t", s, found)
			}
		})
	}
}

func TestNames(t *testing.T) {
	names := map[string]bool{}
	for _, n := range Names() {
		if s, found := Of(n); !found || s.Name != n || names[n] {
			t.Errorf("%s is not in the table, or twice", n)
		}
		names[n] = true
	}
	if !names[Default] {
		t.Errorf("the default, %s, is not in the table", Default)
	}
}
