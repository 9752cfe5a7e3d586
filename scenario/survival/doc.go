// Package survival is what stories about survival are made of: victims, which are processes of a running Lotse and are found, killed or
// stopped; a load, which notices how long a workload answered nobody; and a ledger, which remembers every write that was acknowledged.
package survival
