// Package preflight finds what prevents a management cluster on this host before anything is changed: Gather collects facts, and Check decides
// on them, purely. Every finding names an obstacle and how to remove it.
package preflight
