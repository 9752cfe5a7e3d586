package middleware

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	clocktest "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

const (
	robot    = "30000000-0000-0000-0000-000000000001"
	annasID  = "30000000-0000-0000-0000-000000000002"
	annaName = "anna@lotse.local"
)

// quickHash is a hash that takes no time, so that the tests count log-ins and do not wait for them.
func quickHash(secret string) []byte {
	salt := []byte("12345678")
	sum := argon2.IDKey([]byte(secret), salt, 1, 8, 1, 16)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Appendf(nil, "$argon2id$v=19$m=8,t=1,p=1$%s$%s", encode(salt), encode(sum))
}

type door struct {
	t     *testing.T
	clock *clocktest.FakeClock
	ins   *LogIns
}

func newDoor(t *testing.T) *door {
	t.Helper()
	scheme := runtime.NewScheme()
	_ = clientgoscheme.AddToScheme(scheme)
	_ = v1alpha1.AddToScheme(scheme)
	b := fake.NewClientBuilder().WithScheme(scheme)
	for id, spec := range map[string]v1alpha1.PrincipalSpec{
		robot: {Type: identity.ServicePrincipal}, annasID: {Type: identity.User, UserName: annaName},
	} {
		spec.SecretName, spec.Secrets = "principal-"+id, []v1alpha1.PrincipalSecret{{ID: "k"}}
		b.WithObjects(&v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: id}, Spec: spec}, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: spec.SecretName}, Data: map[string][]byte{"k": quickHash("right")},
		})
	}
	d := &door{t: t, clock: clocktest.NewFakeClock(time.Now())}
	c := b.Build()
	directory, err := identity.NewDirectory(c, c, d.clock)
	if err != nil {
		t.Fatal(err)
	}
	d.ins = NewLogIns(directory, d.clock)
	return d
}

type logIn func(*LogIns, *route.Request, string, string) (identity.Identity, error)

// try to log in, and return the outcome: in, wrong or slow.
func (d *door) try(log logIn, from, name, secret string) string {
	d.t.Helper()
	r := &route.Request{Request: httptest.NewRequest("POST", "/", nil)}
	r.RemoteAddr = from + ":1"
	who, err := log(d.ins, r, name, secret)
	switch {
	case err == nil && r.Caller == who && who.Principal != "" && r.Claimed == name:
		return "in"
	case errors.Is(err, identity.ErrUnknown) && r.Caller.Principal == "" && r.Claimed == name:
		return "wrong"
	case err != nil && fault.Of(err).Kind == fault.Throttled && fault.Of(err).RetryAfter > 0:
		return "slow"
	}
	d.t.Fatalf("got %+v, %v, %+v", who, err, r)
	return ""
}

// until counts how often the outcome is the same.
func until(outcome string, most int, try func(i int) string) int {
	for i := range most {
		if try(i) != outcome {
			return i
		}
	}
	return most
}

func TestGuessesOfOnePrincipalAreFew(t *testing.T) {
	d := newDoor(t)
	methods := []logIn{(*LogIns).Application, (*LogIns).Anyone}
	if n := until("wrong", 1000, func(i int) string { return d.try(methods[i%2], "1.1.1.1", robot, "x") }); n != wrongPair.Burst {
		t.Errorf("%d guesses by two methods were let through, want %d", n, wrongPair.Burst)
	}
	if got := d.try((*LogIns).Anyone, "1.1.1.1", robot, "right"); got != "slow" {
		t.Errorf("the right secret after them: %s", got)
	}
	if got := d.try((*LogIns).Application, "1.1.1.2", robot, "right"); got != "in" {
		t.Errorf("the right secret from elsewhere: %s", got)
	}
	d.clock.Step(time.Minute)
	if got := d.try((*LogIns).Application, "1.1.1.1", robot, "right"); got != "in" {
		t.Errorf("a minute later: %s", got)
	}
}

func TestOnePrincipalHasOneCountWhateverItIsCalled(t *testing.T) {
	d := newDoor(t)
	names := []string{"anna@lotse.local", "Anna@Lotse.local", "ANNA@LOTSE.LOCAL"}
	n := until("wrong", 1000, func(i int) string { return d.try((*LogIns).User, "1.1.1.1", names[i%3], "x") })
	if n != wrongPair.Burst {
		t.Errorf("%d guesses by several spellings, want %d", n, wrongPair.Burst)
	}
}

func TestGuessesFromManyAddressesAreFew(t *testing.T) {
	d := newDoor(t)
	n := until("wrong", 1000, func(i int) string {
		return d.try((*LogIns).Application, fmt.Sprintf("9.9.%d.%d", i/250, i%250), robot, "x")
	})
	if n != wrongName.Burst {
		t.Errorf("%d guesses from many addresses, want %d", n, wrongName.Burst)
	}
}

func TestMadeUpNamesFromOneAddressAreFew(t *testing.T) {
	d := newDoor(t)
	if got := d.try((*LogIns).User, "1.1.1.1", annaName, "right"); got != "in" {
		t.Fatal(got)
	}
	n := until("wrong", 1000, func(i int) string { return d.try((*LogIns).Anyone, "1.1.1.1", fmt.Sprintf("x%d@y.z", i), "x") })
	if n != wrongFrom.Burst {
		t.Errorf("%d made-up names were checked, want %d", n, wrongFrom.Burst)
	}
	for sentence, c := range map[string]struct{ from, name, want string }{
		"a name that has logged in from there still can": {"1.1.1.1", annaName, "in"},
		"another name from there has to wait":            {"1.1.1.1", robot, "slow"},
		"other addresses do not wait":                    {"1.1.1.2", robot, "in"},
	} {
		if got := d.try((*LogIns).Anyone, c.from, c.name, "right"); got != c.want {
			t.Errorf("%s: %s", sentence, got)
		}
	}
}

func TestRightSecretsFromOneAddressAreBoundedToo(t *testing.T) {
	d := newDoor(t)
	if n := until("in", 1000, func(int) string { return d.try((*LogIns).Application, "1.1.1.1", robot, "right") }); n != checksFrom.Burst {
		t.Errorf("%d log-ins at one moment, want %d", n, checksFrom.Burst)
	}
	if got := d.try((*LogIns).Application, "1.1.1.2", robot, "right"); got != "in" {
		t.Errorf("elsewhere: %s", got)
	}
}

func TestLogInsOfOneAddressAreServedOneAtATime(t *testing.T) {
	queues := newAddressQueues(2)
	back, err := queues.take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 2)
	for range 2 {
		go func() {
			back, err := queues.take(t.Context(), "a")
			if err == nil {
				back()
			}
			waited <- err
		}()
	}
	for members := 0; members < 3; time.Sleep(time.Millisecond) {
		queues.mu.Lock()
		members = queues.queues["a"].members
		queues.mu.Unlock()
	}
	if _, err := queues.take(t.Context(), "a"); err == nil || fault.Of(err).Kind != fault.Throttled {
		t.Errorf("one too many waits: %v", err)
	}
	other, err := queues.take(t.Context(), "b")
	if err != nil {
		t.Errorf("another address waits: %v", err)
	}
	other()
	back()
	if err := errors.Join(<-waited, <-waited); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	back, _ = queues.take(t.Context(), "a")
	cancel()
	if _, err := queues.take(ended, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that has disconnected: %v", err)
	}
	back()
	if len(queues.queues) != 0 {
		t.Errorf("%d queues stay behind", len(queues.queues))
	}
}
