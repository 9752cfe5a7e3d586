// Package powerschedule stops and starts clusters at the times of their power schedules, as a person would by a request.
//
// One time is followed at most once, and only the newest that has come counts. It counts no more when a person has stopped or started the cluster
// since, and when it has passed for longer than Patience, because Lotse did not run or the cluster was busy.
package powerschedule
