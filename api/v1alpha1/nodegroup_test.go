package v1alpha1

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNodeResourceGroups(t *testing.T) {
	long := strings.Repeat("g", 80)
	for sentence, c := range map[string]struct {
		group, cluster string
		want           string
	}{
		"a short name is AKS's":                      {"rg", "c", "MC_rg_c_local"},
		"80 characters are not cut":                  {strings.Repeat("g", 69), "c", "MC_" + strings.Repeat("g", 69) + "_c_local"},
		"letters count, and not their bytes":         {strings.Repeat("\u00fc", 60), "c", "MC_" + strings.Repeat("\u00fc", 60) + "_c_local"},
		"a name that was cut ends in a hash":         {long, "c", "MC_" + strings.Repeat("g", 60) + "_"},
		"it is cut between letters of several bytes": {strings.Repeat("\u7fa4", 90), "c", "MC_" + strings.Repeat("\u7fa4", 60) + "_"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := DefaultNodeResourceGroup(c.group, c.cluster, "local")
			if !strings.HasPrefix(got, c.want) || !utf8.ValidString(got) || utf8.RuneCountInString(got) > NodeGroupLength {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if cut := strings.HasSuffix(c.want, "_"); !cut && got != c.want || cut && utf8.RuneCountInString(got) != NodeGroupLength {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	one, two := DefaultNodeResourceGroup(long, "a1", "local"), DefaultNodeResourceGroup(long, "a2", "local")
	if one == two {
		t.Errorf("two clusters have the group %s", one)
	}
	if upper := DefaultNodeResourceGroup(strings.ToUpper(long), "A1", "LOCAL"); !strings.EqualFold(one, upper) {
		t.Errorf("the case of the names counts: %s and %s", one, upper)
	}
}
