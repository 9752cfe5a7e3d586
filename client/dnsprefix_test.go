package client

import (
	"strings"
	"testing"
)

func TestDNSPrefixIsAzs(t *testing.T) {
	const subscription = "12345678-0000-0000-0000-000000000000"
	for sentence, c := range map[string]struct{ cluster, group, want string }{
		"short names stay whole":                     {"c1", "rg1", "c1-rg1-123456"},
		"long names are cut":                         {strings.Repeat("a", 60), strings.Repeat("g", 90), "aaaaaaaaaa-gggggggggggggggg-123456"},
		"az's own example":                           {"test5678910", "resource_group_with_underscore", "test567891-resourcegroupwit-123456"},
		"a name that begins with a digit gets an a":  {"1test5678910", "resource_group_with_underscore", "a1test5678-resourcegroupwit-123456"},
		"an underscore is left out":                  {"my_cluster", "hcli", "mycluster-hcli-123456"},
		"letters of other scripts are left out":      {"c1", "群", "c1--123456"},
		"what is no valid name still gives a prefix": {"_", "g", "a-g-123456"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := DNSPrefix(c.cluster, c.group, subscription); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
