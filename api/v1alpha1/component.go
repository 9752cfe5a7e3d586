package v1alpha1

// Components of a hosted control plane. The names are those of their containers, and in a cluster's status; those of
// PodComponent are values of LabelComponent.
const (
	ComponentEtcd              = "etcd"
	ComponentAPIServer         = "kube-apiserver"
	ComponentKonnectivity      = "konnectivity-server"
	ComponentControllerManager = "kube-controller-manager"
	ComponentScheduler         = "kube-scheduler"
)

// ComponentNames are all components, in the order in which they start.
var ComponentNames = []string{
	ComponentEtcd, ComponentAPIServer, ComponentKonnectivity, ComponentControllerManager, ComponentScheduler,
}

// PodComponent names the Pod that a component's container runs in: the tunnel server runs in the API server's, the scheduler in the controller
// manager's.
func PodComponent(component string) string {
	switch component {
	case ComponentKonnectivity:
		return ComponentAPIServer
	case ComponentScheduler:
		return ComponentControllerManager
	}
	return component
}
