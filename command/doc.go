// Package command is what az aks command invoke asks for: a command line that runs in a Pod of the hosted cluster, with the caller's rights there, and
// its result. This package has the words and the bounds; package command/hosted runs commands. docs/design/access.md tells how and why.
package command
