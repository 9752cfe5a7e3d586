// Package scenario holds the stories: tests that drive a running installation as its users do, through the front door, the command line
// and kubeconfigs. Each file tells one story in numbered steps; what stories share is in story_test.go and beside it.
//
//	scenario/run                                   # starts Lotse if it is not up
//	go test ./scenario -run TestEviction -v        # one story, against what runs
//
// Stories about life inside a cluster share one of two nodes, which the first of them makes; stories about clusters as such make small ones
// of their own, or share those that they only look at. Every story removes what it made, also when it fails, and every wait says what it
// waited for.
//
// LOTSE_CREDENTIALS names another credential than the administrator's of this host, LOTSE_ARTIFACTS another directory of programs and
// images than out/.
package scenario
