package resources

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

// FuzzPutGroup sends anything as the body of a PUT of a resource group, new and as it is. A spec that was accepted does not change when it is sent again.
func FuzzPutGroup(f *testing.F) {
	for _, seed := range []string{
		`{"location":"local"}`, `{"location":"LO CAL","tags":{"a":"b","c":null}}`, `{"tags":[]}`, `{"location":"local","managedBy":"","properties":{}}`,
		`{"id":"/x","location":"local","properties":{"provisioningState":"Succeeded"}}`, `{"location":"local","tags":{"\ud800":""}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		put := func(present *groupBody, spec *v1alpha1.ResourceGroupSpec) error {
			return readGroup(httptest.NewRequest(http.MethodPut, "/", strings.NewReader(text)), "local", present, spec)
		}
		spec := v1alpha1.ResourceGroupSpec{Name: "rg1"}
		if err := put(nil, &spec); err != nil {
			if status := fault.Of(err).Status(); status >= 500 {
				t.Errorf("%q is answered with %d", text, status)
			}
			return
		}
		if spec.Location != "local" || spec.ManagedBy != "" || len(spec.Tags) > 50 {
			t.Errorf("accepted: %+v", spec)
		}
	})
}
