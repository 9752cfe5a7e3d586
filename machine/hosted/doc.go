// Package hosted watches Nodes and certificate requests in every hosted cluster whose API server is ready. Controllers get events from it and
// read Nodes from its cache, so that a hosted API server that is slow or unavailable never delays the machines of other clusters.
//
// A watch starts when the API server is first ready and ends with its cluster. In between client-go keeps it alive through restarts of the API
// server. It is replaced when the service's credential changes, and when the cluster reports that its API server is back after an
// interruption: client-go by itself may take a minute to reconnect.
package hosted
