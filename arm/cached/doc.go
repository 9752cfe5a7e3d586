// Package cached reads from a watched cache what is read most.
//
// Lookups are the kinds that every request needs: the caller, its roles and its subscription. This front door sees its own writes of them at
// once: until the cache has seen a write, the object is read from the API server. A role or a secret that is removed through this front door is
// therefore gone when the request is answered. Writes of others are seen when the watch brings them: in milliseconds, and after at most a minute
// if the connection hangs. Before a caller is refused because of the cache, the front door reads again from the API server, so new permissions
// hold at once.
//
// Resources are groups, clusters and pools. A read of them sees every write that any replica has answered, however far the watch is behind:
//   - Each write that this replica answers is expected in the cache by UID and resource version. Until the cache has it, that object is read
//     from the API server, and what that answers is expected too: a later read never shows an earlier state.
//   - The cache is asked only while this replica is the only one (Replicas). Otherwise resources are read from the API server.
//   - When a replica becomes the only one it compares the cache with the API server once (Refresh), and expects what the cache lacks.
package cached
