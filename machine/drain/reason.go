package drain

import "strings"

// ofPod begins the part of a reason that names the Pod.
const ofPod = " (of Pod "

// sameBudget reports whether two reasons name one budget. One of its Pods is enough for a reader who looks for it.
func sameBudget(a, b string) bool {
	aBudget, _, _ := strings.Cut(a, ofPod)
	bBudget, _, _ := strings.Cut(b, ofPod)
	return aBudget == bBudget
}
