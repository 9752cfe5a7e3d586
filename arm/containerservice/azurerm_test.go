package containerservice

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
)

// The bodies below testdata/azurerm have the shape of those that Terraform's azurerm 5.2 sends. Its second plan is empty if what comes back
// is what was sent, except for notCompared.

// notCompared are properties that azurerm sends and does not look for in the answer, or for whose absence it assumes what it sent.
var notCompared = []string{"properties.addonProfiles.azurepolicy.config", "properties.scaleSetPriority"}

// missing are the properties that were sent and are not in the answer. Nothing is asked for by null, "" and empty objects and arrays; false
// and 0 may be absent.
func missing(sent, answered any, path string) []string {
	if slices.Contains(notCompared, path) {
		return nil
	}
	switch s := sent.(type) {
	case nil:
		return nil
	case string:
		if s == "" {
			return nil
		}
	case bool:
		if !s && answered == nil {
			return nil
		}
	case float64:
		if s == 0 && answered == nil {
			return nil
		}
	case map[string]any:
		return missingMembers(s, answered, path)
	case []any:
		return missingItems(s, answered, path)
	}
	if !reflect.DeepEqual(sent, answered) {
		return []string{fmt.Sprintf("%s: sent %v, answered %v", path, sent, answered)}
	}
	return nil
}

func missingMembers(sent map[string]any, answered any, path string) []string {
	var all []string
	have, _ := answered.(map[string]any)
	for name, value := range sent {
		all = append(all, missing(value, have[name], strings.TrimPrefix(path+"."+name, "."))...)
	}
	return all
}

func missingItems(sent []any, answered any, path string) []string {
	have, _ := answered.([]any)
	if len(sent) > 0 && len(have) != len(sent) {
		return []string{fmt.Sprintf("%s: sent %v, answered %v", path, sent, answered)}
	}
	var all []string
	for i, value := range sent {
		all = append(all, missing(value, have[i], fmt.Sprintf("%s[%d]", path, i))...)
	}
	return all
}

func tree(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func shown(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func fixtures(t *testing.T, pattern string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "azurerm", pattern))
	if err != nil || len(files) < 2 {
		t.Fatalf("found %v: %v", files, err)
	}
	all := map[string][]byte{}
	for _, file := range files {
		if all[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// putCluster makes the cluster that a body asks for, or changes the present one.
func putCluster(t *testing.T, text []byte, s state.Cluster) state.Cluster {
	t.Helper()
	spec, present := v1alpha1.ManagedClusterSpec{SubscriptionID: "s", ResourceGroup: "rg", Name: "tf"}, any(wire.Identifiers{Name: "tf"})
	if s.Exists() {
		spec, present = s.Object.Spec, wire.ClusterOf(s)
	}
	o, err := body.Parse(text, present)
	if err != nil {
		t.Fatal(err)
	}
	req, err := request.DecodeCluster(o, s, spec, "local")
	if err != nil {
		t.Fatal(err)
	}
	spec, err = plan.Cluster(req, plan.Facts{Present: s, Catalogue: catalogue, Issuer: "https://lotse/oic/t/1/"})
	if err != nil {
		t.Fatal(err)
	}
	return state.Cluster{Object: &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{UID: "u", Generation: 1}, Spec: spec}}
}

func TestASecondPlanForAClusterIsEmpty(t *testing.T) {
	for name, text := range fixtures(t, "cluster-*.json") {
		t.Run(name, func(t *testing.T) {
			made := putCluster(t, text, state.Cluster{})
			answer := shown(t, wire.ClusterOf(made))
			for _, difference := range missing(tree(t, text), tree(t, answer), "") {
				t.Error(difference)
			}
			for sentence, again := range map[string][]byte{"the same body": text, "the answer": answer} {
				if after := putCluster(t, again, made); !plan.Unchanged(made, after.Object.Spec) {
					t.Errorf("%s is a change: %+v, then %+v", sentence, made.Object.Spec, after.Object.Spec)
				}
			}
		})
	}
}

func TestASecondPlanForAPoolIsEmpty(t *testing.T) {
	defaults, err := os.ReadFile(filepath.Join("testdata", "azurerm", "cluster-defaults.json"))
	if err != nil {
		t.Fatal(err)
	}
	cluster := putCluster(t, defaults, state.Cluster{})
	for name, text := range fixtures(t, "pool*.json") {
		t.Run(name, func(t *testing.T) {
			made, spec := putPoolBody(t, text, "work", cluster)
			answer := shown(t, wire.PoolOf(made, state.Pool{Name: "work", Spec: spec}))
			for _, difference := range missing(tree(t, text), tree(t, answer), "") {
				t.Error(difference)
			}
			for sentence, again := range map[string][]byte{"the same body": text, "the answer": answer} {
				if _, after := putPoolBody(t, again, "work", made); !plan.Same(spec, after) {
					t.Errorf("%s is a change: %+v, then %+v", sentence, spec, after)
				}
			}
			// A rotation: the document of one pool under the name of another, for which azurerm writes the name and keeps the rest.
			if _, rotated := putPoolBody(t, answer, "temp", made); !plan.Same(spec, rotated) {
				t.Errorf("under another name it is %+v", rotated)
			}
		})
	}
}

// putPoolBody makes the pool that a body asks for in a cluster, or changes it. The cluster that it returns has the pool.
func putPoolBody(t *testing.T, text []byte, name string, s state.Cluster) (state.Cluster, v1alpha1.AgentPoolSpec) {
	t.Helper()
	present := any(wire.Identifiers{Name: name})
	if pool, ok := s.Pool(name); ok {
		present = wire.PoolOf(s, pool)
	}
	o, err := body.Parse(text, present)
	if err != nil {
		t.Fatal(err)
	}
	req, err := request.DecodePool(o, name, s)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := plan.Pool(req, plan.Facts{Present: s, Catalogue: catalogue})
	if err != nil {
		t.Fatal(err)
	}
	with := v1alpha1.AgentPool{Spec: v1alpha1.ClusterPoolSpec{Name: name, AgentPoolSpec: spec}}
	return state.Cluster{Object: s.Object, PoolObjects: append(slices.Clone(s.PoolObjects), with)}, spec
}
