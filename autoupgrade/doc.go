// Package autoupgrade upgrades clusters by their channels: Kubernetes by upgradeChannel, node images by nodeOSUpgradeChannel, as a person would by a request.
//
// Nothing begins outside a window of the cluster's maintenance configurations. Each cluster has a moment of its own in the window, and only so many of a
// fleet are upgraded at the same time. Nothing is remembered: what is done next follows from specs, operations and the releases that there are, so the
// process may end at any point. Package brake halts the roll-out of a release when clusters get worse by it.
package autoupgrade
