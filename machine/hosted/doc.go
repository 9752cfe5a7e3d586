// Package hosted watches, in every hosted cluster that answers, the two kinds through which machines and their cluster meet: Nodes and
// certificate requests. Controllers get events from it and read Nodes out of its memory, so that a hosted API server that is slow or gone
// never holds up the machines of other clusters.
//
// A watch starts when the API server first answers and ends with its cluster. In between it is client-go's: it survives restarts of the API
// server by itself. It starts anew when the service's credential changes, and when the cluster reports that its API server is back after a break:
// by itself client-go may take a minute to look.
package hosted
