package operation

import (
	"net/http"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// Subject is the resource that an operation is about, as its resource provider finds it.
type Subject struct {
	// Object is nil if it is gone.
	Object v1alpha1.Tracked
	// ResourceID that the status names; empty if the resource is gone.
	ResourceID string
	// Hidden resources are those that the caller may not read. Their operations are answered like unknown ones.
	Hidden bool
	// Body is the resource's answer to GET. It is called only when Object is not nil.
	Body func() any
}

// Endpoints serve operations and operationresults of one resource provider. The routes have the parameters {operation} and {location}.
type Endpoints struct {
	Signer Signer
	URLs   func(*route.Request) URLs
	// Find the subject of an ID that was given out. known is false if the kind is another resource provider's.
	Find func(r *route.Request, id ID) (s Subject, known bool, err error)
}

// Status always answers 200 with the operation's state.
func (e Endpoints) Status(w http.ResponseWriter, r *route.Request) error {
	id, subject, err := e.find(r)
	if err != nil {
		return err
	}
	status := Read(id, subject.Object)
	status.ID, status.Name, status.ResourceID = e.URLs(r).Path(id), e.URLs(r).Name(id), subject.ResourceID
	if !status.Done() {
		w.Header().Set("Retry-After", PollAfter)
	}
	return route.JSON(w, http.StatusOK, status)
}

// Result answers 202 until the operation is done, and then with the answer that a synchronous request would have had.
func (e Endpoints) Result(w http.ResponseWriter, r *route.Request) error {
	id, subject, err := e.find(r)
	if err != nil {
		return err
	}
	switch status := Read(id, subject.Object); {
	case !status.Done():
		e.URLs(r).AllHeaders(w.Header(), id)
		w.WriteHeader(http.StatusAccepted)
		return nil
	case status.Error != nil:
		failed := fault.New(fault.OperationFailed, "%s", status.Error.Message)
		failed.Code = status.Error.Code
		return failed
	case id.Delete || id.Abort:
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return route.JSON(w, http.StatusOK, subject.Body())
}

func (e Endpoints) find(r *route.Request) (ID, Subject, error) {
	unknown := fault.New(fault.OperationNotFound, "There is no operation '%s' in location '%s'.", r.Param("operation"), r.Param("location"))
	id, ok := e.Signer.Verify(r.SubscriptionID(), r.Param("operation"))
	if !ok {
		return id, Subject{}, unknown
	}
	subject, known, err := e.Find(r, id)
	if err == nil && (!known || subject.Hidden) {
		err = unknown
	}
	return id, subject, err
}
