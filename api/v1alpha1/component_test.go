package v1alpha1

import "testing"

func TestTwoComponentsRunInThePodsOfOthers(t *testing.T) {
	inside := map[string]string{ComponentKonnectivity: ComponentAPIServer, ComponentScheduler: ComponentControllerManager}
	for _, component := range ComponentNames {
		want := inside[component]
		if want == "" {
			want = component
		}
		if got := PodComponent(component); got != want {
			t.Errorf("%s runs in the Pod of %s, want %s", component, got, want)
		}
	}
}
