package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"lotse.dev/client"
)

func TestEveryErrorHasItsExitCodeAndANextStep(t *testing.T) {
	refused := func(status int, code string) error {
		return &client.Error{Status: status, Code: code, Message: "no", RequestID: "req-1"}
	}
	for sentence, tt := range map[string]struct {
		err  error
		code int
		text []string // parts of what is printed
	}{
		"success is silent":                        {nil, exitDone, nil},
		"a wrong command line names the help":      {usage(errors.New("no such flag")), exitUsage, []string{"lotse: no such flag", "next: see `lotse help`"}},
		"a missing resource is not found":          {refused(404, "ResourceNotFound"), exitNotFound, []string{"next: list resources", "request: req-1"}},
		"an unknown code is advised by its status": {refused(404, "SomethingNotFound"), exitNotFound, []string{"next: list resources"}},
		"a busy resource is a conflict":            {refused(409, "OperationNotAllowed"), exitConflict, []string{"next: wait until the running operation has ended"}},
		"an unknown conflict is one too":           {refused(412, "Other"), exitConflict, []string{"next: check its state"}},
		"a missing role is not authorised":         {refused(403, "AuthorizationFailed"), exitUnauthorized, []string{"next: ask the subscription's owner"}},
		"a wrong secret is not authorised":         {refused(401, "AuthenticationFailed"), exitUnauthorized, []string{"next: check appId and secret"}},
		"an unknown refusal is one":                {refused(401, "Other"), exitUnauthorized, []string{"next: ask the subscription's owner"}},
		"an operation that failed can be repeated": {
			fmt.Errorf("demo: %w", &client.Error{Code: "NoCapacity", Message: "no"}), exitFailed, []string{"lotse: demo: no (NoCapacity)", "repeat the same command"}},
		"another refusal is a failure without advice": {refused(400, "Other"), exitFailed, []string{"lotse: no (Other)"}},
		"a front door that is down can be started": {
			&client.Unreachable{Endpoint: "https://h", Cause: errors.New("refused")}, exitFailed, []string{"does not answer", "start it with `lotse up`"}},
		"a wait that ended says that the operation goes on": {
			fmt.Errorf("the operation still runs: %w", context.DeadlineExceeded), exitTimedOut, []string{"next: the operation continues"}},
		"any other error is a failure":                      {errors.New("disk full"), exitFailed, []string{"lotse: disk full"}},
		"a command that lotse ran printed its error itself": {childExit(42), 42, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			var out bytes.Buffer
			if code := explain(&out, tt.err); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			for _, part := range tt.text {
				if !strings.Contains(out.String(), part) {
					t.Errorf("%q lacks %q", out.String(), part)
				}
			}
			if (len(tt.text) == 0) != (out.Len() == 0) {
				t.Errorf("printed %q", out.String())
			}
		})
	}
}
