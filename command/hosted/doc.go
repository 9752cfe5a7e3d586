// Package hosted runs commands in hosted clusters: each is a Job in namespace aks-command, with a Secret of what it needs and one for its result, all
// of which the cluster's own controllers collect. Nothing of a command is kept by Lotse, so any replica of the front door can answer for it, and
// nothing is lost when one ends.
package hosted
