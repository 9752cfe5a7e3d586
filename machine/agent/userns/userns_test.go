package userns

import "testing"

func TestParse(t *testing.T) {
	for sentence, c := range map[string]struct {
		text    string
		outside int
		fails   bool
	}{
		"the host's own namespace maps everything to itself":   {"         0          0 4294967295\n", 0, false},
		"a machine's root is another user of the host":         {"         0 3576365056      65536\n", 3576365056, false},
		"the range that begins with root counts":               {"0 1000 1\n1 100000 65536\n", 1000, false},
		"a namespace that maps nothing yet has no root":        {"", 0, true},
		"a namespace without root has none to give cgroups to": {"1000 1000 1\n", 0, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got, err := parse(c.text); got != c.outside || (err != nil) != c.fails {
				t.Errorf("%d, %v", got, err)
			}
		})
	}
}
