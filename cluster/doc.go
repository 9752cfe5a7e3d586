// Package cluster makes managed clusters what their specs say, and takes them down again. One controller does it: it gathers facts from
// caches, decides, lets a gate hold steps back, acts, and settles the operation.
//
// What is decided stands in one package for each verb: provision, upgrade, power (stop and start), rotation, abort, teardown, and queue, which decides
// which clusters are provisioned first. Each is pure and returns a plan.Plan; decide.go here picks the verb by the facts, act.go takes the steps.
// After acting, the controller decides again on what its writes returned, until nothing is left that the facts allow. No step depends on the
// memory of an earlier reconcile, so the process may die after any line. Nothing sleeps: the next reconcile comes with the next event.
package cluster
