package adfs

import (
	"crypto/rand"
	"crypto/subtle"
	"math/big"
	"strconv"
	"strings"
	"time"

	"lotse.dev/identity"
)

// userCodeLetters leave out what people confuse and what makes words.
const userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"

// A user code is random letters and a few that seal them: a mistyped or an old code is told from a good one without remembering any.
const (
	randomLetters = 9
	sealLetters   = 3
)

// sealPeriod is how long a seal is the newest. Codes are good for as long as one of the last seals fits.
const (
	sealPeriod = deviceLifetime / 3
	sealsGood  = 4
)

func newUserCode(issuer *identity.Issuer, now time.Time) string {
	letters := make([]byte, randomLetters)
	for i := range letters {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(userCodeLetters))))
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		letters[i] = userCodeLetters[n.Int64()]
	}
	return string(letters) + seal(issuer, string(letters), period(now))
}

func period(now time.Time) int64 { return now.Unix() / int64(sealPeriod/time.Second) }

func seal(issuer *identity.Issuer, letters string, period int64) string {
	sum := issuer.Seal("device user code", letters+" "+strconv.FormatInt(period, 10))
	s := make([]byte, sealLetters)
	for i := range s {
		s[i] = userCodeLetters[int(sum[i])%len(userCodeLetters)]
	}
	return string(s)
}

// goodUserCode reports whether this Lotse gave the code out, not long ago.
func goodUserCode(issuer *identity.Issuer, code string, now time.Time) bool {
	if len(code) != randomLetters+sealLetters || strings.Trim(code, userCodeLetters) != "" {
		return false
	}
	good := false
	for age := range int64(sealsGood) {
		want := seal(issuer, code[:randomLetters], period(now)-age)
		good = subtle.ConstantTimeCompare([]byte(want), []byte(code[randomLetters:])) == 1 || good
	}
	return good
}

// readable groups the letters as people read them.
func readable(code string) string { return code[:4] + "-" + code[4:8] + "-" + code[8:] }

func normalCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
}
