package supervise

import (
	"slices"
	"testing"
)

func TestEnvironment(t *testing.T) {
	for sentence, c := range map[string]struct{ own, program, want []string }{
		"a program's variable takes the place of the agent's own": {[]string{"PATH=/usr/bin", "HOME=/"}, []string{"PATH=/run/nft"}, []string{"HOME=/", "PATH=/run/nft"}},
		"a name that only begins alike is another":                {[]string{"PATHS=a"}, []string{"PATH=b"}, []string{"PATHS=a", "PATH=b"}},
		"a program without any gets the agent's own":              {[]string{"A=1", "B=a=b"}, nil, []string{"A=1", "B=a=b"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := environment(c.own, c.program); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
