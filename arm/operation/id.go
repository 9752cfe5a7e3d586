package operation

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lotse.dev/api/v1alpha1"
)

// Kind of object that an operation is about: two or three lower-case letters. Each resource provider names and registers its own.
type Kind string

// ID names one operation.
type ID struct {
	Kind       Kind
	Object     string // name in the subscription's namespace
	UID        string
	Generation int64
	// Delete means that the operation succeeds when the object is gone; any other operation is then preempted.
	Delete bool
	// Abort is of the operation that ends another one where it is: that of the generation. It succeeds when that has ended.
	Abort bool
}

// Of is the operation of the present generation of an object.
func Of(kind Kind, o v1alpha1.Tracked) ID {
	return ID{
		Kind: kind, Object: o.GetName(), UID: string(o.GetUID()), Generation: o.GetGeneration(),
		Delete: o.GetDeletionTimestamp() != nil,
	}
}

// String is what stands in logs, and signed in URLs.
func (id ID) String() string {
	verb := write
	switch {
	case id.Abort:
		verb = abort
	case id.Delete:
		verb = remove
	}
	return fmt.Sprintf("%s.%s.%s.%d.%s", id.Kind, id.Object, id.UID, id.Generation, verb)
}

// Last parts of IDs, by what the operation does.
const (
	write  = "w"
	remove = "d"
	abort  = "a"
)

var (
	kindName   = regexp.MustCompile(`^[a-z]{2,3}$`)
	objectName = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)
	uid        = regexp.MustCompile(`^[0-9a-f-]{1,64}$`)
)

// ParseID reads what String writes. It does not check whether the ID was given out; Signer.Verify does.
func ParseID(s string) (ID, bool) {
	parts := strings.Split(strings.ToLower(s), ".")
	if len(parts) != 5 || !kindName.MatchString(parts[0]) || !objectName.MatchString(parts[1]) || !uid.MatchString(parts[2]) {
		return ID{}, false
	}
	generation, err := strconv.ParseInt(parts[3], 10, 64)
	if err != nil || generation < 1 || !slices.Contains([]string{write, remove, abort}, parts[4]) {
		return ID{}, false
	}
	return ID{Kind(parts[0]), parts[1], parts[2], generation, parts[4] == remove, parts[4] == abort}, true
}
