package v1alpha1

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestTheWriterOfASpecNamesTheVerb(t *testing.T) {
	deleted := metav1.Now()
	for sentence, tc := range map[string]struct {
		generation int64
		annotation string
		deleted    *metav1.Time
		want       string
	}{
		"a verb counts for the generation it was written for": {7, "Stopping@7", nil, Stopping},
		"a verb of an older generation no longer counts":      {8, "Stopping@7", nil, Updating},
		"a new object without a verb is being created":        {1, "", nil, Creating},
		"a changed object without a verb is being updated":    {2, "", nil, Updating},
		"a verb outside the vocabulary is ignored":            {2, "Exploding@2", nil, Updating},
		"a deletion needs no verb and overrules any":          {7, "Stopping@7", &deleted, Deleting},
	} {
		t.Run(sentence, func(t *testing.T) {
			c := clusterAt(tc.generation)
			c.Annotations, c.DeletionTimestamp = map[string]string{AnnotationVerb: tc.annotation}, tc.deleted
			if got := CurrentOperation(c).Verb; got != tc.want {
				t.Errorf("verb %s, want %s", got, tc.want)
			}
		})
	}
}

func TestSetVerbIsForTheNextGeneration(t *testing.T) {
	c := &ManagedCluster{}
	SetVerb(c, Creating)
	if got := c.Annotations[AnnotationVerb]; got != "Creating@1" {
		t.Errorf("a new object has %q", got)
	}
	c.Generation = 4
	SetVerb(c, Starting)
	c.Generation++ // the API server stores it
	if got := ProvisioningState(c); got != Starting {
		t.Errorf("the next generation shows %s, want Starting", got)
	}
}

func TestEveryVerbHasAnInfinitive(t *testing.T) {
	for verb, want := range map[string]string{
		Creating: "create", Stopping: "stop", Scaling: "scale", UpgradingNodeImageVersion: "node image upgrade", "Odd": "odd",
	} {
		if got := Infinitive(verb); got != want {
			t.Errorf("%s is %q, want %q", verb, got, want)
		}
	}
}
