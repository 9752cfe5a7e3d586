package apply

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestSeparate(t *testing.T) {
	entry := func(manager string, operation metav1.ManagedFieldsOperationType, subresource, fields string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: manager, Operation: operation, Subresource: subresource, FieldsV1: metav1.NewFieldsV1(fields)}
	}
	const (
		both     = `{"f:metadata":{"f:finalizers":{}},"f:spec":{"f:count":{}}}`
		metadata = `{"f:metadata":{"f:finalizers":{}}}`
		spec     = `{"f:spec":{"f:count":{}}}`
		lotse    = v1alpha1.FieldManager
		update   = metav1.ManagedFieldsOperationUpdate
	)
	for sentence, c := range map[string]struct {
		entry metav1.ManagedFieldsEntry
		want  []string // manager and fields
		found bool
		keep  []string
	}{
		"the spec of an update is separated from its metadata": {entry(lotse, update, "", both), []string{lotse, metadata, inherited, spec}, true, nil},
		"an update of the metadata alone stays":                {entry(lotse, update, "", metadata), []string{lotse, metadata}, false, nil},
		"an update of the spec alone is separated whole":       {entry(lotse, update, "", spec), []string{inherited, spec}, true, nil},
		"of a created object's metadata the finalizers alone stay": {
			entry(lotse, update, "", `{"f:metadata":{"f:finalizers":{},"f:labels":{"f:a":{}}},"f:spec":{"f:count":{}}}`),
			[]string{lotse, metadata, inherited, `{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:count":{}}}`}, true, []string{finalizers},
		},
		"a created object without finalizers is separated whole": {
			entry(lotse, update, "", `{"f:metadata":{"f:labels":{"f:a":{}}}}`), []string{inherited, `{"f:metadata":{"f:labels":{"f:a":{}}}}`}, true, []string{finalizers},
		},
		"a status stays":                        {entry(lotse, update, "status", `{"f:status":{}}`), []string{lotse, `{"f:status":{}}`}, false, nil},
		"what was applied stays":                {entry(lotse, metav1.ManagedFieldsOperationApply, "", both), []string{lotse, both}, false, nil},
		"another manager's fields stay its own": {entry("kubectl-edit", update, "", both), []string{"kubectl-edit", both}, false, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, found, err := separate([]metav1.ManagedFieldsEntry{c.entry}, c.keep)
			if err != nil || found != c.found || len(got) != len(c.want)/2 {
				t.Fatalf("%v, %v, %v", got, found, err)
			}
			for i, e := range got {
				if e.Manager != c.want[2*i] || e.FieldsV1.GetRawString() != c.want[2*i+1] {
					t.Errorf("entry %d is %s %s", i, e.Manager, e.FieldsV1.GetRawString())
				}
			}
		})
	}
	if _, _, err := separate([]metav1.ManagedFieldsEntry{entry(lotse, update, "", "{")}, nil); err == nil {
		t.Error("fields that cannot be read are passed over")
	}
}
