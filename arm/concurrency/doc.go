// Package concurrency makes two writes at once safe, for any resource provider.
//
// A decision that looks at one object is safe by the object's version: RetryOnConflict decides it anew when the object has changed. A decision
// that looks at several objects is first noted on their parent, against the parent's version, so only one of two writers can note it:
//   - Idle refuses a write of the parent while another operation of the family runs, or is locked for; IdleChild a write of a child while one
//     of the parent or of that child does.
//   - Locks lock a parent for the write of one of its children. Operations of different children run side by side, and their writes are decided
//     and stored one after the other: each decision sees what those before it have stored.
//   - Reservations hold what a new resource takes from its parent, until the resource exists.
//
// Locks and reservations expire after Lifetime, so a writer that dies blocks others for at most that time.
package concurrency
