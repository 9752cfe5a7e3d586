package host

import "testing"

func TestPodResolver(t *testing.T) {
	for sentence, tc := range map[string]struct{ machine, want string }{
		"a server on the network is kept":                     {"nameserver 192.0.2.53\n", "nameserver 192.0.2.53\n"},
		"a server on loopback is left out":                    {"nameserver 127.0.0.53\nnameserver 192.0.2.53\noptions edns0\n", "nameserver 192.0.2.53\noptions edns0\n"},
		"without any other server the host stands in":         {"nameserver 127.0.0.53\noptions edns0 trust-ad\n", "options edns0 trust-ad\nnameserver 100.98.0.1\n"},
		"without a file the host stands in":                   {"", "nameserver 100.98.0.1\n"},
		"comments and the machine's search list are left out": {"# made by hand\nsearch corp.example\nnameserver 192.0.2.53", "nameserver 192.0.2.53\n"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := podResolver(tc.machine); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
