// Package hosted watches, in every hosted cluster that answers, the two kinds through which machines and their cluster meet: Nodes and
// certificate requests. Controllers get events from it and read Nodes out of its memory, so that a hosted API server that is slow or gone
// never holds up the machines of other clusters.
//
// A watch starts when the API server first answers and ends with its cluster. In between it is client-go's: it survives restarts of the API
// server by itself. It starts anew only when the service's credential changes.
package hosted
