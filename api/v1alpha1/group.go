package v1alpha1

// Groups of people inside a hosted cluster. The front door writes them into certificates; the add-ons bind their rights.
const (
	GroupClusterAdmins = "lotse:cluster-admins"
	GroupClusterUsers  = "lotse:cluster-users"
)
