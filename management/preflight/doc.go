// Package preflight says what on this machine stands in the way of a management cluster, before anything is changed: Gather collects
// facts, Check judges them without looking at the machine again. Every finding names an obstacle and what to do about it.
package preflight
