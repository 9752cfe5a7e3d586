package operation

import (
	"strings"
	"testing"
)

func TestOnlyIDsThatWereGivenOutAreKnown(t *testing.T) {
	ours := NewSeal([]byte("key"))
	id := ID{Cluster, "c1-x", "aa-bb", 3, true}
	text := ours.Close("Sub-1", id)
	for sentence, c := range map[string]struct {
		seal               Seal
		subscription, text string
		want               bool
	}{
		"an ID that was given out":                 {ours, "sub-1", text, true},
		"whatever case a client makes of it":       {ours, "SUB-1", strings.ToUpper(text), true},
		"after a restart":                          {NewSeal([]byte("key")), "sub-1", text, true},
		"in another subscription":                  {ours, "sub-2", text, false},
		"by another Lotse":                         {NewSeal([]byte("other")), "sub-1", text, false},
		"an ID that is well formed, but made up":   {ours, "sub-1", id.String(), false},
		"another generation under the same seal":   {ours, "sub-1", strings.Replace(text, ".3.", ".4.", 1), false},
		"a write under the seal of a delete":       {ours, "sub-1", strings.Replace(text, ".d.", ".w.", 1), false},
		"an ID whose seal is cut off":              {ours, "sub-1", text[:len(text)-1], false},
		"an ID without a seal and something empty": {ours, "sub-1", id.String() + ".", false},
		"nothing": {ours, "sub-1", "", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got, ok := c.seal.Open(c.subscription, c.text); ok != c.want || ok && got != id {
				t.Errorf("%q: got %+v, %v", c.text, got, ok)
			}
		})
	}
}
