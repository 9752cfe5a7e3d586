package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion of every Lotse resource.
var GroupVersion = schema.GroupVersion{Group: "lotse.dev", Version: "v1alpha1"}

// AddToScheme registers Lotse's resources.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion,
		&Subscription{}, &SubscriptionList{},
		&ResourceGroup{}, &ResourceGroupList{},
		&ManagedCluster{}, &ManagedClusterList{},
		&AgentPool{}, &AgentPoolList{},
		&ScaleSet{}, &ScaleSetList{},
		&Machine{}, &MachineList{},
		&Release{}, &ReleaseList{},
		&Principal{}, &PrincipalList{},
		&RoleAssignment{}, &RoleAssignmentList{},
		&MaintenanceConfiguration{}, &MaintenanceConfigurationList{},
		&PowerSchedule{}, &PowerScheduleList{},
	)
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
