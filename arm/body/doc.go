// Package body reads request bodies strictly: every property is either taken, accepted because it says what is so anyway, or refused by
// name. Nothing a caller sent is silently dropped.
//
// ARM clients read a resource and send all of it back, often through an older model. So a body is always read against the present answer:
// read-only properties and those Lotse does not implement may be missing, empty, or as the answer has them.
package body
