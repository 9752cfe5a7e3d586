package concurrency

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/operation"
)

// Lifetime of locks and reservations. It is longer than a request can last, so a lock that has expired belongs to no write any more.
const Lifetime = 2 * time.Minute

// Object on the management cluster whose writes are operations.
type Object interface {
	client.Object
	v1alpha1.Tracked
}

// Resource is an object in the words of the front door's answers.
type Resource struct {
	// Kind of its operations.
	Kind operation.Kind
	// Noun of its type in messages, such as "agent pool".
	Noun string
	// Name of the resource, as in its ARM ID.
	Name string
	// Object is nil while the resource has none.
	Object Object
}

// Family is a resource and its children. An operation of the parent runs alone; operations of different children run side by side.
type Family struct {
	Parent   Resource
	Children []Resource
}

// child of the family. One without an object is new.
func (f Family) child(kind operation.Kind, name string) Resource {
	for _, c := range f.Children {
		if c.Kind == kind && c.Name == name {
			return c
		}
	}
	return Resource{Kind: kind, Name: name}
}
