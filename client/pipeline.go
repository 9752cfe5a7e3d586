package client

import (
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

const (
	// tryTimeout bounds one request with its answer.
	tryTimeout = 2 * time.Minute
	// maxRetries of a request that the front door was too busy to take.
	maxRetries = 3
	// maxRetryAfter is the longest pause that the client makes because the front door asks for it. A longer one is left to the caller.
	maxRetryAfter = 10 * time.Second
)

// newPipeline sends requests through a transport and repeats those that the front door asks to repeat.
func newPipeline(transport http.RoundTripper) runtime.Pipeline {
	return runtime.NewPipeline("client", "", runtime.PipelineOptions{}, &policy.ClientOptions{
		Retry:     retries(tryTimeout),
		Telemetry: policy.TelemetryOptions{Disabled: true},
		Transport: &http.Client{Transport: transport},
	})
}

// retries of a request whose every try may take so long; 0 is without limit.
func retries(try time.Duration) policy.RetryOptions {
	return policy.RetryOptions{MaxRetries: maxRetries, TryTimeout: try, MaxRetryDelay: maxRetryAfter, ShouldRetry: askedToRetry}
}

// askedToRetry reports whether the front door refused a request for now, with a time to repeat it. A throttled request had no effect. One
// that was answered 503 may have had its effect, so a POST, of which a second one may have another (a second secret), is left to the caller.
// A request to a front door that does not answer is not repeated: the command line reports that at once.
func askedToRetry(response *http.Response, err error) bool {
	if err != nil || response.Header.Get("Retry-After") == "" {
		return false
	}
	switch response.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return response.Request.Method != http.MethodPost
	}
	return false
}
