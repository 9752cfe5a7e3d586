// Package identity says who somebody is and what they may do: it issues and reads tokens, verifies secrets, finds principals, and decides
// access from role assignments. It is Lotse's directory; nothing outside is asked.
package identity
