// Package provision decides how a cluster becomes, and stays, what its spec says: namespaces, Services, credentials, control plane, pools,
// add-ons. Plan turns Facts into steps and an outcome, Status into what the cluster's status says. Both are pure.
//
// Later parts build on what earlier steps bring about: a Service's address is part of certificates, and certificates are part of components.
// So a plan holds the steps that the facts allow, and the next one, made after them, holds the next. Pools do not wait for the control
// plane: machines boot while it starts.
package provision
