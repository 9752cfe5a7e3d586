// Package personal decides on the certificate that a person, or a program, gets for a hosted cluster: its name, its rights and its lifetime.
//
// A certificate names its holder, so that the cluster's audit log and its bindings name a person. It cannot be revoked before it expires,
// so it lives shortly; a new authority of the cluster (rotateClusterCertificates) ends all at once.
package personal

import (
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/command"
	"lotse.dev/identity"
	"lotse.dev/pki"
)

// Prefixes of names in a cluster. With them no principal has the name of a component (system:…, lotse:kube-apiserver) or of a service account,
// and no application that of a user.
const (
	userPrefix = "lotse:user:"
	appPrefix  = "lotse:app:"
)

// Kind of credential, by AKS's name.
type Kind struct {
	Name string
	// Life of a certificate.
	Life time.Duration
}

// The kinds that can be listed.
var (
	User  = Kind{Name: "clusterUser", Life: 12 * time.Hour}
	Admin = Kind{Name: "clusterAdmin", Life: 3 * 24 * time.Hour}
)

// Command is the kind that a command of its caller runs with (az aks command invoke). It cannot be listed.
var Command = Kind{Name: "command", Life: command.CredentialLife}

// Leaf of a certificate for a caller. Its group follows the caller's roles at the cluster and not the kind: a caller who may list the administrator's
// credential is an administrator with either, so that az and Terraform, which list the user's, work for a cluster's owners; the cluster user's
// role alone does not.
func (k Kind) Leaf(who identity.Identity, administers bool) pki.Leaf {
	group := v1alpha1.GroupClusterUsers
	if administers {
		group = v1alpha1.GroupClusterAdmins
	}
	return pki.Leaf{CommonName: Name(who), UID: who.Principal, Organizations: []string{group}, Client: true, Life: k.Life}
}

// Name of a principal inside clusters: a user's is its user name, an application's its GUID, as in AKS with Entra ID, each with a prefix.
func Name(who identity.Identity) string {
	if who.Type == identity.User {
		return userPrefix + strings.ToLower(who.Name())
	}
	return appPrefix + strings.ToLower(who.Principal)
}
