// Package bundle collects what somebody needs to see who helps with an installation: how it is, what it logged, what the machine is like.
//
// It holds no secrets by what it takes, and not by what it leaves out: it never reads Secrets, keys, kubeconfigs or credentials. What
// programs print is looked through besides, because anybody can print anything. It holds nothing of the customers' nodes (contract, B2):
// neither their logs nor their processes.
//
// Each part is collected by itself and within a time of its own, so that a bundle can be made when everything is down: a part that cannot
// be had is a file that says why.
package bundle
