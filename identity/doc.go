// Package identity authenticates principals and decides what they may do: it issues and reads tokens, verifies secrets, finds principals, and
// decides access from role assignments. It is Lotse's own directory; no other service is asked.
package identity
