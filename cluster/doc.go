// Package cluster provisions managed clusters and takes them down again: it makes a hosted control plane, the pools its customer named
// and the add-ons from a ManagedCluster, keeps them as they were rendered, and says how they are.
//
// A pass gathers, acts and then decides: every step brings its part closer to what the spec says and reports what it waits for; Decide,
// which is pure, turns the reports into the operation's state. Steps do not depend on the memory of an earlier pass, so that the
// process may die after any line. Nothing waits inside a pass: the next one comes with the next event.
package cluster
