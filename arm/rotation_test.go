package arm_test

import (
	"strings"
	"testing"
)

// rotation: the authorities of a cluster are replaced by an operation, which runs alone.
func rotation(t *testing.T, w *world) {
	token, path := w.token(admin), mc+"/rotateClusterCertificates"+v
	w.want(t, w.do(w.token(reader), "POST", path, ""), 403, "AuthorizationFailed")
	w.want(t, w.do(token, "POST", mc+"-absent/rotateClusterCertificates"+v, ""), 404, "ResourceNotFound")
	w.operator.paused.Store(true)
	begun := w.want(t, w.do(token, "POST", path, ""), 202, "")
	if begun.Header.Get("Location") == "" || begun.Header.Get("Retry-After") == "" || len(begun.body) > 0 {
		t.Errorf("the answer leads nowhere: %v %s", begun.Header, begun.body)
	}
	if a := w.do(token, "GET", mc+v, ""); a.at("properties.provisioningState") != "RotatingClusterCertificates" {
		t.Errorf("got %s", a.body)
	}
	again := w.want(t, w.do(token, "POST", path, ""), 409, "OperationNotAllowed")
	if !strings.Contains(string(again.body), "in progress certificate rotation managed cluster operation") || again.Header.Get("Retry-After") == "" {
		t.Errorf("got %s", again.body)
	}
	w.want(t, w.do(token, "GET", begun.Header.Get("Location"), ""), 202, "")
	w.operator.paused.Store(false)
	w.succeed(t, token, begun)
	w.want(t, w.do(token, "GET", begun.Header.Get("Location"), ""), 200, "")
	w.succeed(t, token, w.want(t, w.do(token, "POST", path, ""), 202, "")) // it may be done again
}
