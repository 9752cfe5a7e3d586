package rendering

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// inputs of an example. Newer is one that only a newer build has.
type inputs struct {
	Certificate, Issuer string
	Newer               string `json:",omitempty"`
}

// build is one Lotse: what it renders an input to. A Deployment depends on the certificate, a StatefulSet on the issuer.
type build struct {
	name    string
	without string // an object that it does not render
	added   bool   // it renders an object that others do not
}

func (b build) render(i inputs) []client.Object {
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"by": b.name, "certificate": i.Certificate}}}
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "b", Labels: map[string]string{"by": b.name, "issuer": i.Issuer + i.Newer}}}
	untyped := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "x/v1", "kind": "C", "metadata": map[string]any{
		"name": "c", "labels": map[string]any{"by": b.name},
	}}}
	all := []client.Object{deployment, set, untyped}
	if i.Issuer != "" {
		all = append(all, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "issuer", Labels: map[string]string{"by": b.name}}})
	}
	if b.added {
		all = append(all, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "added", Labels: map[string]string{"by": b.name}}})
	}
	var kept []client.Object
	for _, o := range all {
		if o.GetName() != b.without {
			kept = append(kept, o)
		}
	}
	return kept
}

func shown(objects []client.Object) string {
	var all []string
	for _, o := range objects {
		all = append(all, o.GetName()+" by "+o.GetLabels()["by"])
	}
	return strings.Join(all, ", ")
}

func TestChoose(t *testing.T) {
	first, second := build{name: "1"}, build{name: "2"}
	one, renewed, issued := inputs{Certificate: "x"}, inputs{Certificate: "y"}, inputs{Certificate: "x", Issuer: "i"}
	for sentence, c := range map[string]struct {
		recorded func() []byte
		build    build
		release  string
		inputs   inputs
		want     string
		writes   bool
	}{
		"nothing is recorded of a new cluster, and it gets what this Lotse renders": {nil, first, "r1", one, "a by 1, b by 1, c by 1", true},
		"the same Lotse renders the same":                                           {first.recorded(t, one), first, "r1", one, "a by 1, b by 1, c by 1", false},
		"a newer Lotse changes nothing":                                             {first.recorded(t, one), second, "r1", one, "a by 1, b by 1, c by 1", false},
		"with another release everything is rendered anew":                          {first.recorded(t, one), second, "r2", one, "a by 2, b by 2, c by 2", true},
		"another release counts also where it renders the same":                     {first.recorded(t, one), first, "r2", one, "a by 1, b by 1, c by 1", true},
		"a new certificate renews what has it, and nothing else":                    {first.recorded(t, one), second, "r1", renewed, "a by 2, b by 1, c by 1", true},
		"an issuer that is enabled adds what it needs":                              {first.recorded(t, one), second, "r1", issued, "a by 1, b by 2, c by 1, issuer by 2", true},
		"an input that is taken away takes its object with it":                      {first.recorded(t, issued), second, "r1", one, "a by 1, b by 2, c by 1", true},
		"what only a newer Lotse renders waits for a release":                       {first.recorded(t, one), build{name: "2", added: true}, "r1", one, "a by 1, b by 1, c by 1", false},
		"what a newer Lotse does not render any more stays until then":              {first.recorded(t, one), build{name: "2", without: "b"}, "r1", one, "a by 1, b by 1, c by 1", false},
		"a mixture stays as it is":                                                  {mixture(t), build{name: "3"}, "r1", renewed, "a by 2, b by 1, c by 1", false},
		"an input that only a newer Lotse has counts once it is set":                {first.recorded(t, one), second, "r1", inputs{Certificate: "x", Newer: "n"}, "a by 1, b by 2, c by 1", true},
		"a record that cannot be read is none":                                      {func() []byte { return []byte("0123456789abcdef and no archive") }, second, "r1", one, "a by 2, b by 2, c by 2", true},
	} {
		t.Run(sentence, func(t *testing.T) {
			var recorded []byte
			if c.recorded != nil {
				recorded = c.recorded()
			}
			got, err := Choose(recorded, c.release, c.inputs, c.build.render, nil)
			if err != nil || shown(got.Objects) != c.want || (got.Record != nil) != c.writes {
				t.Fatalf("got %s, a record of %d bytes, %v", shown(got.Objects), len(got.Record), err)
			}
			if !c.writes {
				return
			}
			again, err := Choose(got.Record, c.release, c.inputs, c.build.render, nil)
			if err != nil || again.Record != nil || shown(again.Objects) != c.want {
				t.Errorf("once it is stored, it becomes %s, %v", shown(again.Objects), err)
			}
		})
	}
}

// recorded is what a build records of a new cluster.
func (b build) recorded(t *testing.T, i inputs) func() []byte {
	return func() []byte {
		t.Helper()
		c, err := Choose(nil, "r1", i, b.render, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Record
	}
}

// mixture of two builds: a certificate was renewed by the second.
func mixture(t *testing.T) func() []byte {
	return func() []byte {
		c, err := Choose(build{name: "1"}.recorded(t, inputs{Certificate: "x"})(), "r1", inputs{Certificate: "y"}, build{name: "2"}.render, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Record
	}
}

// TestSecretsOfARecordedWorkload: a Pod that an older Lotse rendered gets what it mounts, although a newer one's would not mount that any more.
func TestSecretsOfARecordedWorkload(t *testing.T) {
	pod := func(by string, volumes ...corev1.Volume) client.Object {
		d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"by": by}}}
		d.Spec.Template.Spec.Volumes = volumes
		return d
	}
	mounted := func(name string) corev1.Volume {
		return corev1.Volume{VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: name}}}
	}
	projected := corev1.Volume{VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
		{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "s"}}},
	}}}}
	secret := func(key, by string, i inputs) client.Object {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s", Labels: map[string]string{"by": by}}, Data: map[string][]byte{key: []byte(i.Certificate)}}
	}
	hashes := func(i inputs) map[string]string { return map[string]string{"s": i.Certificate} }
	for sentence, c := range map[string]struct {
		older, newer func(inputs) []client.Object
		hashes       func(inputs) map[string]string
		change       inputs
		want         string
	}{
		"a Secret that was renewed renews who mounts it": {
			func(inputs) []client.Object { return []client.Object{pod("1", mounted("s"))} },
			func(inputs) []client.Object { return []client.Object{pod("2")} }, hashes, inputs{Certificate: "y"}, "a by 2",
		},
		"also in a projected volume": {
			func(inputs) []client.Object { return []client.Object{pod("1", projected)} },
			func(inputs) []client.Object { return []client.Object{pod("2")} }, hashes, inputs{Certificate: "y"}, "a by 2",
		},
		"who mounts another stays": {
			func(inputs) []client.Object { return []client.Object{pod("1", mounted("other"))} },
			func(inputs) []client.Object { return []client.Object{pod("2")} }, hashes, inputs{Certificate: "y"}, "a by 1",
		},
		"one that stays renews nobody": {
			func(inputs) []client.Object { return []client.Object{pod("1", mounted("s"))} },
			func(inputs) []client.Object { return []client.Object{pod("2")} }, hashes, inputs{Certificate: "x", Newer: "n"}, "a by 1",
		},
		"what is not rendered any more stays, as there is nothing else": {
			func(inputs) []client.Object { return []client.Object{pod("1", mounted("s"))} },
			func(inputs) []client.Object { return nil }, hashes, inputs{Certificate: "y"}, "a by 1",
		},
		"a rendered Secret with the same keys is read by the Pod as it was": {
			func(i inputs) []client.Object { return []client.Object{secret("k", "1", i), pod("1", mounted("s"))} },
			func(i inputs) []client.Object { return []client.Object{secret("k", "2", i), pod("2", mounted("s"))} }, nil, inputs{Certificate: "y"}, "s by 2, a by 1",
		},
		"one with other keys renews the Pod too": {
			func(i inputs) []client.Object { return []client.Object{secret("k", "1", i), pod("1", mounted("s"))} },
			func(i inputs) []client.Object {
				return []client.Object{secret("other", "2", i), pod("2", mounted("s"))}
			}, nil, inputs{Certificate: "y"}, "s by 2, a by 2",
		},
		"a newer Lotse's keys alone change nothing": {
			func(i inputs) []client.Object { return []client.Object{secret("k", "1", i), pod("1", mounted("s"))} },
			func(i inputs) []client.Object {
				return []client.Object{secret("other", "2", i), pod("2", mounted("s"))}
			}, nil, inputs{Certificate: "x"}, "s by 1, a by 1",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			first, err := Choose(nil, "r", inputs{Certificate: "x"}, c.older, c.hashes)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Choose(first.Record, "r", c.change, c.newer, c.hashes)
			if err != nil || shown(got.Objects) != c.want {
				t.Errorf("got %s, %v", shown(got.Objects), err)
			}
		})
	}
}

func TestRecordsAreReadAsTheyWereWritten(t *testing.T) {
	r := Record{Release: "r", Inputs: []byte(`{"a":1}`), Objects: build{name: "1"}.render(inputs{Issuer: "i"})}
	content, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(content)
	if err != nil || got.Release != "r" || string(got.Inputs) != `{"a":1}` || !equality.Semantic.DeepEqual(got.Objects, r.Objects) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, broken := range [][]byte{nil, content[:sumBytes], content[:len(content)/2]} {
		if _, err := Decode(broken); err == nil {
			t.Errorf("%d bytes of a record are read", len(broken))
		}
	}
}

func FuzzDecode(f *testing.F) {
	content, err := Record{Release: "r", Inputs: []byte("{}"), Objects: build{}.render(inputs{})}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := Decode(content)
		if err != nil {
			return
		}
		again, err := r.Encode()
		if err != nil {
			return // of a kind that has no name
		}
		if _, err := Decode(again); err != nil {
			t.Errorf("a record that was read cannot be read when it is written again: %v", err)
		}
	})
}
