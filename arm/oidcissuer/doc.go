// Package oidcissuer serves what verifiers of a hosted cluster's service account tokens need: the discovery document of its OIDC issuer and its
// public keys, at the issuer's URL below the front door's. They do not need the cluster's API server, so tokens can be verified while it is
// restarting or out of reach.
//
// Both can be read without authentication: they are public by their purpose. The URL holds a random ID, so that clusters cannot be found by trying
// URLs. An answer is made from a cache and looks at one cluster, so a flood of requests reaches no API server.
package oidcissuer
