package identity

import (
	"strings"
	"testing"
	"time"
)

func TestVerify(t *testing.T) {
	hash, err := HashSecret("s3cret")
	if err != nil {
		t.Fatal(err)
	}
	for sentence, c := range map[string]struct {
		hash, secret string
		want         bool
	}{
		"the secret that was hashed is right":  {hash, "s3cret", true},
		"another secret is wrong":              {hash, "S3cret", false},
		"the empty secret is wrong":            {hash, "", false},
		"an empty hash is of no secret":        {"", "s3cret", false},
		"a plain secret is no hash":            {"s3cret", "s3cret", false},
		"parameters out of bounds are refused": {strings.Replace(hash, "m=9216", "m=99999999", 1), "s3cret", false},
		"a truncated hash is refused":          {hash[:len(hash)-20], "s3cret", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Verify(c.hash, c.secret); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestHashesAreSalted(t *testing.T) {
	one, _ := HashSecret("x")
	two, _ := HashSecret("x")
	if one == two {
		t.Error("two hashes of a secret are equal")
	}
	if _, err := HashSecret(""); err == nil {
		t.Error("the empty secret was hashed")
	}
}

func BenchmarkVerify(b *testing.B) {
	hash, _ := HashSecret("s3cret")
	for b.Loop() {
		Verify(hash, "s3cret")
	}
}

func FuzzVerify(f *testing.F) {
	hash, _ := HashSecret("s3cret")
	for _, seed := range []string{hash, "", "$argon2id$v=19$m=8,t=1,p=1$$", "$$$$$"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, h string) {
		start := time.Now()
		Verify(h, "x")
		if time.Since(start) > 30*time.Second {
			t.Errorf("%q occupies the machine", h)
		}
	})
}
