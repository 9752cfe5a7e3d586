package filter

import "testing"

func TestFilter(t *testing.T) {
	fields := map[string]string{"resourcegroup": "Rg1", "resourcetype": "Microsoft.ContainerService/managedClusters", "name": "o'hara"}
	tags := map[string]string{"Env": "prod"}
	for sentence, c := range map[string]struct {
		filter    string
		ok, holds bool
	}{
		"no filter holds":                         {"", true, true},
		"comparisons ignore case":                 {"resourceGroup eq 'rg1'", true, true},
		"all terms must hold":                     {"resourceGroup eq 'rg1' and resourceType eq 'x/y'", true, false},
		"two terms can hold":                      {"resourcegroup eq 'rg1' AND resourceType eq 'microsoft.containerservice/managedclusters'", true, true},
		"ne is the opposite":                      {"resourceGroup ne 'rg1'", true, false},
		"a doubled quote is a quote":              {"name eq 'o''hara'", true, true},
		"a tag is found by name and value":        {"tagName eq 'env' and tagValue eq 'prod'", true, true},
		"a tag of another value is not":           {"tagName eq 'env' and tagValue eq 'test'", true, false},
		"a tag that is not there is not":          {"tagName eq 'team'", true, false},
		"an unknown field is refused":             {"colour eq 'red'", false, false},
		"an open quote is refused":                {"name eq 'x", false, false},
		"or is refused and not taken for and":     {"name eq 'x' or name eq 'y'", false, false},
		"an and without a second term is refused": {"name eq 'x' and ", false, false},
		"functions are refused":                   {"substringof('a', name)", false, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			f, err := Parse(c.filter, "resourceGroup", "resourceType", "name", "tagName", "tagValue")
			if (err == nil) != c.ok {
				t.Fatalf("got %v", err)
			}
			if err == nil && f.Holds(fields, tags) != c.holds {
				t.Errorf("got %v", !c.holds)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "name eq 'x'", "name eq 'x' and tagName eq ''''", "name eq '", "and and and", "name  eq  'x'"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, s string) {
		if parsed, err := Parse(s, "name", "tagName"); err == nil {
			parsed.Holds(nil, nil)
		}
	})
}
