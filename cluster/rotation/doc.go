// Package rotation decides how a cluster's authorities are replaced while it runs. Functions here are pure.
//
//	Renewing  New authorities and a new key sign, those of before are accepted too (pki.BeginRotation). The API server rolls, then the controller
//	          manager, which signs nodes' certificates; then machines get the new authorities and renew theirs. Restarted kubelets fetch new
//	          tokens for the Pods.
//	Revoking  Those of before are gone (pki.EndRotation). Control plane and machines roll once more. From the moment that the API server has
//	          rolled, old certificates and tokens are refused.
//
// The stage follows from the pki Secret, so that the process may die anywhere: the cluster's status says since when, and what machines have to
// trust.
package rotation
