// Package isolation separates the Pods of this machine's management cluster from each other and from the machine. It enforces the
// NetworkPolicies that Lotse renders, by one table of the kernel's packet filter, and closes the machine itself to Pods.
//
// Facts are gathered by watching Pods, Namespaces and NetworkPolicies, and from the network plugin (package cniplugin), which says a Pod's
// address before its first container starts; Decide turns them into a Plan; the plan's text replaces the table in one step. The table
// stays in the kernel while nobody runs. docs/design/isolation.md tells why it is so.
package isolation
