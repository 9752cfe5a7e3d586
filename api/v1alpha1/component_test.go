package v1alpha1

import "testing"

func TestTheTunnelServerRunsInTheAPIServersPod(t *testing.T) {
	for _, component := range ComponentNames {
		want := component
		if component == ComponentKonnectivity {
			want = ComponentAPIServer
		}
		if got := PodComponent(component); got != want {
			t.Errorf("%s runs in the Pod of %s, want %s", component, got, want)
		}
	}
}
