package v1alpha1

import "strconv"

// OperationAborted is the code of an operation that its customer aborted.
const OperationAborted = "OperationAborted"

// SetAbort asks for the end of the operation of o's present generation. What it has done stays, and what it has not is left undone until the
// next write. It is no new generation, because it is no new wish. The writer checks that o has not changed since the operation was seen to run.
func SetAbort(o Tracked) {
	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[AnnotationAbort] = strconv.FormatInt(o.GetGeneration(), 10)
	o.SetAnnotations(annotations)
}

// Aborted reports whether the operation of o's present generation was aborted, or is to be: nothing more is done for it. A deletion never is.
func Aborted(o Tracked) bool {
	if o.GetDeletionTimestamp() != nil || o.GetAnnotations()[AnnotationAbort] != strconv.FormatInt(o.GetGeneration(), 10) {
		return false
	}
	state := CurrentOperation(o).State
	return state == InProgress || state == Canceled
}
