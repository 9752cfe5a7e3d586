// Package survival is what stories about survival are made of: targets, which are processes of a running Lotse that are found, killed or
// stopped; a load, which measures how long a workload did not answer; and a record of every write that was acknowledged.
package survival
