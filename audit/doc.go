// Package audit records who did what, when, and what the answer was: JSON lines in files of bounded size. It records neither bodies nor
// secrets.
//
// There are four logs, so that lines that are cheap to cause displace none that matter: changes ("audit"), requests of known callers that were
// refused, log-ins, and what any client can cause without authentication (refused log-ins, requests without a valid token, requests above the
// rate). Within a log each principal has files of its own; a full log loses the oldest file of the principal that wrote most. So no principal displaces
// another's lines before it has displaced more of its own. Lines of unauthenticated callers are grouped by address.
//
// A write has two lines: one before it is done and one with the answer. If the first cannot be written, the write is refused. If the process
// dies between them, the first one stays. Lines are not synced to the disk one by one: they survive the end of the process, not that of the machine.
package audit
