package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestWaitFollowsAnOperationToItsEnd(t *testing.T) {
	tests := map[string]struct {
		answers   []string
		want      []Progress
		complaint string
	}{
		"an operation that succeeds reports what it waited for": {
			answers: []string{
				`{"status":"InProgress","percentComplete":40,"properties":{"waiting":"etcd to become ready"}}`,
				`{"status":"Succeeded","percentComplete":100}`,
			},
			want: []Progress{{"InProgress", 40, "etcd to become ready"}, {"Succeeded", 100, ""}},
		},
		"an operation that ended before the first poll reports only its end": {
			answers: []string{`{"status":"Succeeded","percentComplete":100}`}, want: []Progress{{"Succeeded", 100, ""}},
		},
		"an operation that fails without an error says so": {
			answers: []string{`{"status":"Canceled"}`}, complaint: "the operation ended without an error message (Canceled)",
		},
		"an operation that fails gives its error": {
			answers:   []string{`{"status":"Failed","error":{"code":"NoCapacity","message":"no machine has capacity"}}`},
			complaint: "no machine has capacity (NoCapacity)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			polls := 0
			c, _ := frontDoor(t, map[string]http.HandlerFunc{
				"PUT /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Azure-AsyncOperation", "https://"+r.Host+"/op")
					w.WriteHeader(http.StatusCreated)
					fmt.Fprint(w, `{"name":"g"}`)
				},
				"GET /op": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tt.answers[polls]); polls++ },
				"GET /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"name":"g","is":"there"}`) },
			})
			operation, err := c.Put(context.Background(), c.GroupPath("g"), map[string]string{"location": "local"})
			if err != nil || !operation.Created() {
				t.Fatalf("operation = %+v, %v; want one that created", operation, err)
			}
			var seen []Progress
			err = operation.Wait(context.Background(), func(p Progress) { seen = append(seen, p) })
			if fmt.Sprint(seen) != fmt.Sprint(tt.want) {
				t.Errorf("progress = %v, want %v", seen, tt.want)
			}
			if tt.complaint == "" && err != nil || tt.complaint != "" && (err == nil || err.Error() != tt.complaint) {
				t.Errorf("error = %v, want %q", err, tt.complaint)
			}
			if e := (*Error)(nil); errors.As(err, &e) && e.Status != 0 {
				t.Errorf("status = %d, want none: the operation had been accepted", e.Status)
			}
			if want := `{"name":"g","is":"there"}`; err == nil && string(operation.Body) != want {
				t.Errorf("body = %s, want the resource as it is after the operation", operation.Body)
			}
		})
	}
}

func TestWaitThatTimesOutSaysWhatItWaitedFor(t *testing.T) {
	c, _ := frontDoor(t, map[string]http.HandlerFunc{
		"DELETE /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Azure-AsyncOperation", "https://"+r.Host+"/op")
			w.WriteHeader(http.StatusAccepted)
		},
		"GET /op": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"status":"InProgress","properties":{"waiting":"2 machines to end"}}`)
		},
	})
	operation, err := c.Delete(context.Background(), c.GroupPath("g"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err = operation.Wait(ctx, nil)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 machines to end") {
		t.Errorf("error = %v, want the deadline and what was waited for", err)
	}
}

func TestWaitAtALocationEndsWhenItNoLongerSaysAccepted(t *testing.T) {
	polls := 0
	c, _ := frontDoor(t, map[string]http.HandlerFunc{
		"DELETE /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://"+r.Host+"/result")
			w.WriteHeader(http.StatusAccepted)
		},
		"GET /result": func(w http.ResponseWriter, _ *http.Request) {
			switch polls++; polls {
			case 1:
				w.WriteHeader(http.StatusAccepted)
				return
			case 2:
				w.WriteHeader(http.StatusBadGateway) // a front door that restarts
				return
			}
			w.WriteHeader(http.StatusNoContent)
		},
	})
	operation, err := c.Delete(context.Background(), c.GroupPath("g"))
	if err != nil {
		t.Fatal(err)
	}
	if err := operation.Wait(context.Background(), nil); err != nil || polls != 3 {
		t.Errorf("error = %v after %d polls, want none after 3", err, polls)
	}
}

func TestAWriteThatIsDoneWhenItIsAnsweredIsNotPolled(t *testing.T) {
	c, _ := frontDoor(t, map[string]http.HandlerFunc{
		"PUT /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"name":"g","properties":{"provisioningState":"Succeeded"}}`)
		},
		"DELETE /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
	})
	put, err := c.Put(t.Context(), c.GroupPath("g"), map[string]string{"location": "local"})
	if err != nil {
		t.Fatal(err)
	}
	deletion, err := c.Delete(t.Context(), c.GroupPath("g"))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []*Operation{put, deletion} {
		if err := o.Wait(t.Context(), func(p Progress) { t.Errorf("reported %v", p) }); err != nil {
			t.Error(err)
		}
	}
}

func TestAResourceThatIsItsOwnOperationShowsItsState(t *testing.T) {
	state := "Creating"
	c, _ := frontDoor(t, map[string]http.HandlerFunc{
		"PUT /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"properties":{"provisioningState":"Creating"}}`)
		},
		"GET /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"properties":{"provisioningState":%q}}`, state)
			state = "Failed"
		},
	})
	operation, err := c.Put(t.Context(), c.GroupPath("g"), map[string]string{"location": "local"})
	if err != nil {
		t.Fatal(err)
	}
	var seen []Progress
	err = operation.Wait(t.Context(), func(p Progress) { seen = append(seen, p) })
	if fmt.Sprint(seen) != "[{Creating 0 }]" || err == nil || err.Error() != "the operation ended without an error message (Failed)" {
		t.Errorf("progress = %v, error = %v", seen, err)
	}
}

func TestAWaitThatWasInterruptedCanBeRepeated(t *testing.T) {
	polls := 0
	c, _ := frontDoor(t, map[string]http.HandlerFunc{
		"DELETE /subscriptions/sub/resourceGroups/g": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Azure-AsyncOperation", "https://"+r.Host+"/op")
			w.WriteHeader(http.StatusAccepted)
		},
		"GET /op": func(w http.ResponseWriter, _ *http.Request) {
			if polls++; polls <= 2 { // net/http repeats a GET once by itself
				panic(http.ErrAbortHandler) // the connection ends without an answer
			}
			fmt.Fprint(w, `{"status":"Succeeded"}`)
		},
	})
	operation, err := c.Delete(t.Context(), c.GroupPath("g"))
	if err != nil {
		t.Fatal(err)
	}
	if silent := (*Unreachable)(nil); !errors.As(operation.Wait(t.Context(), nil), &silent) {
		t.Errorf("the first wait should end with the connection")
	}
	if err := operation.Wait(t.Context(), nil); err != nil {
		t.Errorf("the second wait: %v", err)
	}
}
