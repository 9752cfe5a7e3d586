// Package audit keeps the record of who did what, when, and what the answer was: JSON lines in files of bounded size. It holds neither bodies
// nor secrets.
//
// There are two books. What people do who have logged in stands in one; what anybody can cause without a name (refused log-ins, requests without a
// good token, requests above the rate) stands in the other, so that a stranger cannot push the first one's lines out by making noise.
//
// A write has two lines: one before it is done, without which it is not done, and one with the answer. Should the process die between them,
// the first one stays. Lines are not forced to the disk one by one: they survive the end of the process, not that of the machine.
package audit
