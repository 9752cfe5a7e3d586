// Package watched reads a few kinds from a watched cache, as every request needs them: who the caller is, what it may do, its subscription.
//
// What this front door itself wrote it sees at once: until the cache has heard of a write, the kind is read from the API server. So who takes
// a role or a secret away through this front door has taken it away when the answer is there. What others write is seen when the watch brings
// it: in milliseconds, and after at most a minute if the connection hangs. Who would be refused because of the cache must be looked up live
// first; then a grant is never late.
package watched
