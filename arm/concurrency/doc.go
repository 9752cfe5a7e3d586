// Package concurrency makes two writes at once safe, for any resource provider.
//
// A decision that looks at one object is safe by the object's version: RetryOnConflict decides it anew when the object has changed. A decision
// that looks at several objects is first noted on their parent, against the parent's version, so only one of two writers can note it:
//   - Idle refuses a write while another operation of the family runs, or is locked for.
//   - Locks lock a parent for the write of one of its children.
//   - Reservations hold what a new resource takes from its parent, until the resource exists.
//
// Locks and reservations expire after Lifetime, so a writer that dies blocks others for at most that time.
package concurrency
