package provider

import (
	"strings"
	"testing"

	"lotse.dev/arm/operation"
)

func TestCheck(t *testing.T) {
	with := func(namespace string, kinds ...operation.Kind) Registration {
		r := Registration{Namespace: namespace}
		for _, k := range kinds {
			r.Operations = append(r.Operations, Operations{Kind: k})
		}
		return r
	}
	for sentence, c := range map[string]struct {
		all  []Registration
		want string
	}{
		"no registration is fine":                            {nil, ""},
		"different namespaces and kinds are fine":            {[]Registration{with("A", "mc", "ap"), with("B", "rg"), with("C")}, ""},
		"a namespace is registered once, in whatever case":   {[]Registration{with("Microsoft.Compute"), with("microsoft.compute")}, "microsoft.compute is registered twice"},
		"a kind of operations belongs to one provider":       {[]Registration{with("A", "mc"), with("B", "mc")}, `"mc" of operations is registered twice, the second time by B`},
		"a kind of operations stands once within a provider": {[]Registration{with("A", "mc", "mc")}, "registered twice"},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := Check(c.all)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
