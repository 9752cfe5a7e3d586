package adfs

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"lotse.dev/identity"
)

func issuer(t *testing.T) *identity.Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i, err := identity.NewIssuer(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		clocktesting.NewFakePassiveClock(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestUserCode(t *testing.T) {
	mine, now := issuer(t), time.Now()
	code := newUserCode(mine, now)
	for sentence, c := range map[string]struct {
		code  string
		after time.Duration
		want  bool
	}{
		"a new code is valid":                                  {code, 0, true},
		"it is valid for as long as the device waits":          {code, deviceLifetime, true},
		"an old code is not":                                   {code, deviceLifetime + 2*signaturePeriod, false},
		"a code without a signature is not":                    {code[:randomLetters], 0, false},
		"a longer one is not":                                  {code + "B", 0, false},
		"an empty code is not":                                 {"", 0, false},
		"other characters are not, however many there are":     {"ÄÄÄÄÄÄ", 0, false},
		"people may write it with dashes and in small letters": {normalCode("  " + readable(code) + " "), 0, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := validUserCode(mine, c.code, now.Add(c.after)); got != c.want {
				t.Errorf("code %s: got %v", c.code, got)
			}
		})
	}
}

// A code of another installation is valid by chance in one of two thousand cases.
func TestForeignUserCodes(t *testing.T) {
	mine, theirs, now := issuer(t), issuer(t), time.Now()
	fit := 0
	for range 100 {
		if validUserCode(mine, newUserCode(theirs, now), now) {
			fit++
		}
	}
	if fit > 5 {
		t.Errorf("%d of 100 foreign codes are valid", fit)
	}
}
