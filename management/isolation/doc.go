// Package isolation separates the Pods of this host's management cluster from each other and from the host. It enforces the
// NetworkPolicies that Lotse renders, by one table of the packet filter, and closes the host itself to Pods.
//
// Facts come from watching Pods, Namespaces and NetworkPolicies, and from the CNI plugin (package cniplugin), which announces a Pod's
// address before its first container starts. Decide turns them into a Plan, and the plan's table replaces the one in the kernel in one
// transaction. The table stays in the kernel while the enforcer does not run. docs/design/isolation.md gives the reasons.
package isolation
