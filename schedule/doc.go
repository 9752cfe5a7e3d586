// Package schedule says when something recurs: dates by day, week or month, a time of day on them in a time zone, and windows of time that begin
// then. It is pure: it reads no clock, and the zone database is part of the program.
//
// Times of day are what a clock on the wall shows in the zone. Where clocks change:
//   - A time that does not exist, because clocks skip it, is read by the offset that held before, as iCalendar (RFC 5545) does: 02:30 is the
//     instant at which clocks, moved on by an hour, show 03:30.
//   - A time that exists twice is its first instance.
//   - Durations are elapsed time: a window of four hours ends four hours after its start, whatever clocks do meanwhile.
//
// Intervals count from the first date of the rule that is not before From.
package schedule

import _ "time/tzdata" // images without a zone database know all zones
