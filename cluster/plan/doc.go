// Package plan is what a decision about a cluster consists of: steps in their order, and the outcome of the cluster's operation. Packages
// provision and teardown make plans and do nothing else; the cluster controller takes their steps and decides nothing itself. Between the
// two stands a Gate.
package plan
