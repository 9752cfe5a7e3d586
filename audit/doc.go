// Package audit records who did what, when, and what the answer was: JSON lines in files of bounded size. It records neither bodies nor
// secrets.
//
// There are two logs. Requests of authenticated callers are in one; what any client can cause without authentication (refused log-ins,
// requests without a valid token, requests above the rate) is in the other, so that
// unauthenticated requests cannot displace the lines of the first.
//
// A write has two lines: one before it is done and one with the answer. If the first cannot be written, the write is refused. If the process
// dies between them, the first one stays. Lines are not synced to the disk one by one: they survive the end of the process, not that of the machine.
package audit
