package concurrency

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

func TestRetryOnConflict(t *testing.T) {
	group := v1alpha1.GroupVersion.WithResource("managedclusters").GroupResource()
	changed, exists := apierrors.NewConflict(group, "c1", errors.New("it has changed")), apierrors.NewAlreadyExists(group, "c1")
	locked := fault.New(fault.OperationNotAllowed, "locked").Because(errLocked)
	busy := fault.New(fault.OperationNotAllowed, "busy")
	for sentence, c := range map[string]struct {
		answers []error
		want    error
		tries   int
	}{
		"a write that succeeds is done once":           {[]error{nil}, nil, 1},
		"a changed object is decided anew":             {[]error{changed, nil}, nil, 2},
		"an object that another write created as well": {[]error{exists, busy}, busy, 2},
		"another write's lock is waited for":           {[]error{locked, locked, nil}, nil, 3},
		"an operation in progress is not":              {[]error{busy, nil}, busy, 1},
		"other errors are not repeated":                {[]error{io.ErrUnexpectedEOF, nil}, io.ErrUnexpectedEOF, 1},
	} {
		t.Run(sentence, func(t *testing.T) {
			tries := 0
			handle := RetryOnConflict(func(_ http.ResponseWriter, r *route.Request) error {
				if body, err := io.ReadAll(r.Body); err != nil || string(body) != "{}" {
					t.Errorf("try %d reads the body %q, %v", tries, body, err)
				}
				tries++
				return c.answers[tries-1]
			})
			err := handle(httptest.NewRecorder(), &route.Request{Request: httptest.NewRequest("PUT", "/", strings.NewReader("{}"))})
			if !errors.Is(err, c.want) || tries != c.tries {
				t.Errorf("got %v after %d tries", err, tries)
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	handle := RetryOnConflict(func(http.ResponseWriter, *route.Request) error { return changed })
	request := httptest.NewRequest("PUT", "/", strings.NewReader("{}")).WithContext(gone)
	if err := handle(httptest.NewRecorder(), &route.Request{Request: request}); !errors.Is(err, changed) {
		t.Errorf("a client that has gone: %v", err)
	}
}
