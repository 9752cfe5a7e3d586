// Package hosted reads from a hosted cluster what the check of an upgrade needs to know of it. Every question has its own answer, and one that the cluster does
// not answer is unknown.
package hosted
