// Package plan decides what a write of a cluster or a pool leads to: the new spec, with defaults filled in and versions resolved, or all that
// is wrong with it. It is pure; whether the write may happen now is package admission's.
package plan
