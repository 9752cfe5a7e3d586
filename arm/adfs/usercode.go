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

// userCodeLetters have no letters that people confuse, and no vowels, which could make words.
const userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"

// A user code is random letters and their signature, so that a mistyped or an old code is recognized without storing any code.
const (
	randomLetters    = 9
	signatureLetters = 3
)

// signaturePeriod is how long a signature is the newest. A code is valid while it has the signature of one of the last validPeriods.
const (
	signaturePeriod = deviceLifetime / 3
	validPeriods    = 4
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
	return string(letters) + signature(issuer, string(letters), period(now))
}

func period(now time.Time) int64 { return now.Unix() / int64(signaturePeriod/time.Second) }

func signature(issuer *identity.Issuer, letters string, period int64) string {
	sum := issuer.Signature("device user code", letters+" "+strconv.FormatInt(period, 10))
	s := make([]byte, signatureLetters)
	for i := range s {
		s[i] = userCodeLetters[int(sum[i])%len(userCodeLetters)]
	}
	return string(s)
}

// validUserCode reports whether this installation gave the code out, and it has not expired.
func validUserCode(issuer *identity.Issuer, code string, now time.Time) bool {
	if len(code) != randomLetters+signatureLetters || strings.Trim(code, userCodeLetters) != "" {
		return false
	}
	valid := false
	for age := range int64(validPeriods) {
		want := signature(issuer, code[:randomLetters], period(now)-age)
		valid = subtle.ConstantTimeCompare([]byte(want), []byte(code[randomLetters:])) == 1 || valid
	}
	return valid
}

// readable code, in groups of letters.
func readable(code string) string { return code[:4] + "-" + code[4:8] + "-" + code[8:] }

func normalCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
}
