package identity

import "strings"

// Names of the built-in roles, as Azure has them.
const (
	Owner        = "Owner"
	Contributor  = "Contributor"
	Reader       = "Reader"
	ClusterAdmin = "Azure Kubernetes Service Cluster Admin Role"
	ClusterUser  = "Azure Kubernetes Service Cluster User Role"
	ImagePull    = "AcrPull"
	ImagePush    = "AcrPush"
	ImageDelete  = "AcrDelete"
)

// Role is a built-in role. Names, GUIDs and actions are Azure's, so that scripts for Azure mean the same here.
type Role struct {
	ID, Name, Description string
	// Actions that match a pattern of Actions and none of NotActions are permitted. A star stands for anything.
	Actions, NotActions []string
}

const readCluster = "Microsoft.ContainerService/managedClusters/read"

// Actions on the images of a subscription.
const (
	PullImage   = "Microsoft.ContainerRegistry/registries/pull/read"
	PushImage   = "Microsoft.ContainerRegistry/registries/push/write"
	DeleteImage = "Microsoft.ContainerRegistry/registries/artifacts/delete"
)

// roles is the one table. Contributor does not include Lotse's directory: a writer of principals' secrets could become any of them.
var roles = []Role{
	{
		ID: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", Name: Owner,
		Description: "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
		Actions:     []string{"*"},
	},
	{
		ID: "b24988ac-6180-42a0-ab88-20f7382dd24c", Name: Contributor,
		Description: "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC.",
		Actions:     []string{"*"},
		NotActions: []string{
			"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action",
			"Lotse.Identity/*/Delete", "Lotse.Identity/*/Write", "Lotse.Identity/*/Action",
		},
	},
	{
		ID: "acdd72a7-3385-48ef-bd42-f606fba81ae7", Name: Reader,
		Description: "View all resources, but does not allow you to make any changes.",
		Actions:     []string{"*/read"},
	},
	{
		ID: "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8", Name: ClusterAdmin,
		Description: "List cluster admin credential action.",
		Actions: []string{
			"Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
			"Microsoft.ContainerService/managedClusters/accessProfiles/listCredential/action",
			readCluster,
			"Microsoft.ContainerService/managedClusters/runcommand/action",
		},
	},
	{
		ID: "4abbcc35-e782-43d8-92c5-2d3f1bd2253f", Name: ClusterUser,
		Description: "List cluster user credential action.",
		Actions:     []string{"Microsoft.ContainerService/managedClusters/listClusterUserCredential/action", readCluster},
	},
	{
		ID: "7f951dda-4ed3-4680-a7ca-43fe172d538d", Name: ImagePull,
		Description: "acr pull",
		Actions:     []string{PullImage},
	},
	{
		ID: "8311e382-0749-4cb8-b61a-304f252e45ec", Name: ImagePush,
		Description: "acr push",
		Actions:     []string{PullImage, PushImage},
	},
	{
		ID: "c2f4ef07-c644-48eb-af81-4b1b4947fb11", Name: ImageDelete,
		Description: "acr delete",
		Actions:     []string{DeleteImage},
	},
}

// Roles that can be given, in the order of their power.
func Roles() []Role { return append([]Role(nil), roles...) }

// RoleOf finds a role by its name or its GUID.
func RoleOf(nameOrID string) (Role, bool) {
	for _, r := range roles {
		if strings.EqualFold(r.Name, nameOrID) || strings.EqualFold(r.ID, nameOrID) {
			return r, true
		}
	}
	return Role{}, false
}

// Permits reports whether the role permits the action. Case does not matter.
func (r Role) Permits(action string) bool {
	return matchesAny(r.Actions, action) && !matchesAny(r.NotActions, action)
}

func matchesAny(patterns []string, action string) bool {
	for _, p := range patterns {
		if matches(p, action) {
			return true
		}
	}
	return false
}

// matches compares with a pattern that holds at most one star.
func matches(pattern, action string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return strings.EqualFold(pattern, action)
	}
	return len(action) >= len(before)+len(after) &&
		strings.EqualFold(action[:len(before)], before) && strings.EqualFold(action[len(action)-len(after):], after)
}

func permits(name, action string) bool {
	for _, r := range roles {
		if r.Name == name {
			return r.Permits(action)
		}
	}
	return false
}
