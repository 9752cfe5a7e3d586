package operation

import (
	"strings"
	"testing"
)

func TestOnlyIDsThatWereGivenOutAreKnown(t *testing.T) {
	ours := NewSigner([]byte("key"))
	id := ID{"mc", "c1-x", "aa-bb", 3, true, false}
	text := ours.Sign("Sub-1", id)
	for sentence, c := range map[string]struct {
		signer             Signer
		subscription, text string
		want               bool
	}{
		"an ID that was given out":                   {ours, "sub-1", text, true},
		"an ID in another case":                      {ours, "SUB-1", strings.ToUpper(text), true},
		"an ID from before a restart":                {NewSigner([]byte("key")), "sub-1", text, true},
		"an ID in another subscription":              {ours, "sub-2", text, false},
		"an ID of another installation":              {NewSigner([]byte("other")), "sub-1", text, false},
		"a well-formed ID without a signature":       {ours, "sub-1", id.String(), false},
		"another generation with the same signature": {ours, "sub-1", strings.Replace(text, ".3.", ".4.", 1), false},
		"a write with the signature of a delete":     {ours, "sub-1", strings.Replace(text, ".d.", ".w.", 1), false},
		"an ID whose signature is cut off":           {ours, "sub-1", text[:len(text)-1], false},
		"an ID with an empty signature":              {ours, "sub-1", id.String() + ".", false},
		"an empty text":                              {ours, "sub-1", "", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got, ok := c.signer.Verify(c.subscription, c.text); ok != c.want || ok && got != id {
				t.Errorf("%q: got %+v, %v", c.text, got, ok)
			}
		})
	}
}
