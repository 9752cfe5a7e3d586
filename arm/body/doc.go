// Package body reads request bodies strictly: every property is either taken, accepted because it asks for what Lotse does anyway, or refused
// by name. Nothing that a caller sends is silently dropped.
//
// ARM clients read a resource and send all of it back, often through an older model, and often some time later. Therefore properties that only
// the server sets are ignored, and a body is read against the present answer: what Lotse does not implement may be missing, empty, or as in
// that answer.
package body
