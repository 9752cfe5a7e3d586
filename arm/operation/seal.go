package operation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Seal tells the IDs that the front door gave out from those that somebody made up. Of an object that is gone nothing else is left by which an
// operation that was could be told from one that never was.
type Seal struct{ key []byte }

// NewSeal with a key of the service, which must outlive it: IDs under another key are unknown.
func NewSeal(key []byte) Seal { return Seal{key} }

// sealBytes make guessing hopeless at the rate that callers have.
const sealBytes = 8

// Close makes the text of an ID that clients get, good in one subscription.
func (s Seal) Close(subscription string, id ID) string {
	return id.String() + "." + s.of(subscription, id)
}

// Open a text that Close made.
func (s Seal) Open(subscription, text string) (ID, bool) {
	text = strings.ToLower(text)
	end := strings.LastIndexByte(text, '.')
	if end < 0 {
		return ID{}, false
	}
	id, ok := ParseID(text[:end])
	return id, ok && hmac.Equal([]byte(text[end+1:]), []byte(s.of(subscription, id)))
}

func (s Seal) of(subscription string, id ID) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("operation " + strings.ToLower(subscription) + " " + id.String()))
	return hex.EncodeToString(mac.Sum(nil)[:sealBytes])
}
