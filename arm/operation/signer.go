package operation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Signer signs the operation IDs that the front door gives out. When an object is gone, the signature is the only thing that distinguishes an
// operation on it from an ID that a client made up.
type Signer struct{ key []byte }

// NewSigner with a key of the service. The key must not change: IDs that were signed with another key are unknown.
func NewSigner(key []byte) Signer { return Signer{key} }

// signatureBytes make guessing hopeless at the rate that callers have.
const signatureBytes = 8

// Sign makes the text of an ID that clients get, valid in one subscription.
func (s Signer) Sign(subscription string, id ID) string {
	return id.String() + "." + s.signature(subscription, id)
}

// Verify reads a text that Sign made. It is false for any other text.
func (s Signer) Verify(subscription, text string) (ID, bool) {
	text = strings.ToLower(text)
	end := strings.LastIndexByte(text, '.')
	if end < 0 {
		return ID{}, false
	}
	id, ok := ParseID(text[:end])
	return id, ok && hmac.Equal([]byte(text[end+1:]), []byte(s.signature(subscription, id)))
}

func (s Signer) signature(subscription string, id ID) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("operation " + strings.ToLower(subscription) + " " + id.String()))
	return hex.EncodeToString(mac.Sum(nil)[:signatureBytes])
}
