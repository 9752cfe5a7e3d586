// Package cached reads a few kinds from a watched cache, because every request needs them: the caller, its roles and its subscription.
//
// This front door sees its own writes at once: until the cache has seen a write, the kind is read from the API server. A role or a secret that
// is removed through this front door is therefore gone when the request is answered. Writes of others are seen when the watch brings them: in
// milliseconds, and after at most a minute if the connection hangs. Before a caller is refused because of the cache, the front door reads
// again from the API server, so new permissions hold at once.
package cached
