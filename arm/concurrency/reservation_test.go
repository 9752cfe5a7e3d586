package concurrency

import (
	"errors"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"lotse.dev/api/v1alpha1"
)

func subscription() *v1alpha1.Subscription {
	return &v1alpha1.Subscription{ObjectMeta: metav1.ObjectMeta{Name: "s"}}
}

func none(string) bool { return false }

func TestReservations(t *testing.T) {
	c, clock := api(t, subscription()), clocktesting.NewFakePassiveClock(now)
	s := Reservations{Client: c, Real: clock}
	names := func(others []Reservation) string {
		all := []string{}
		for _, r := range others {
			all = append(all, r.Object)
		}
		return fmt.Sprint(all)
	}
	stale := read(t, c, subscription(), subscription())
	try := func(mine Reservation, exists func(string) bool) (seen string, err error) {
		err = s.Make(t.Context(), read(t, c, subscription(), subscription()), mine, exists, func(others []Reservation) error {
			seen = names(others)
			return nil
		})
		return seen, err
	}
	one, two := Reservation{Kind: "mc", Object: "c1", Name: "MC_a"}, Reservation{Kind: "mc", Object: "c2"}
	if seen, err := try(one, none); err != nil || seen != "[]" {
		t.Fatalf("the first: it saw %s, %v", seen, err)
	}
	if err := s.Make(t.Context(), stale, two, none, func([]Reservation) error { return nil }); !apierrors.IsConflict(err) {
		t.Errorf("a writer that looked at the same parent got %v, want a conflict", err)
	}
	if seen, err := try(two, none); err != nil || seen != "[c1]" {
		t.Errorf("a later one saw %s, %v", seen, err)
	}
	if seen, err := try(Reservation{Kind: "vn", Object: "c1"}, none); err != nil || seen != "[]" {
		t.Errorf("one of another kind saw %s, %v", seen, err)
	}
	if seen, err := try(two, func(name string) bool { return name == "c1" }); err != nil || seen != "[]" {
		t.Errorf("one that has become an object is still reserved: %s, %v", seen, err)
	}
	full := errors.New("full")
	err := s.Make(t.Context(), read(t, c, subscription(), subscription()), one, none, func([]Reservation) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("the decision was not heard: %v", err)
	}
	s.Release(t.Context(), subscription(), two)
	s.Release(t.Context(), subscription(), Reservation{Kind: "vn", Object: "c1"})
	if text := read(t, c, subscription(), subscription()).Annotations[v1alpha1.AnnotationReservations]; text != "" {
		t.Errorf("after all were released: %s", text)
	}
	if _, err := try(one, none); err != nil {
		t.Fatal(err)
	}
	clock.SetTime(now.Add(Lifetime))
	if seen, err := try(two, none); err != nil || seen != "[]" {
		t.Errorf("one whose writer died does not expire: %s, %v", seen, err)
	}
	s.Release(t.Context(), &v1alpha1.Subscription{ObjectMeta: metav1.ObjectMeta{Name: "gone"}}, one) // must just return
}

func TestTakes(t *testing.T) {
	for sentence, c := range map[string]struct {
		reserved, name string
		want           bool
	}{
		"the same name in another case is taken": {"MC_a", "mc_A", true},
		"another name is free":                   {"MC_a", "MC_b", false},
		"no name takes nothing":                  {"", "", false},
	} {
		if got := (Reservation{Name: c.reserved}).Takes(c.name); got != c.want {
			t.Errorf("%s: got %v", sentence, got)
		}
	}
}

func TestReservationsThatCannotBeRead(t *testing.T) {
	sub := subscription()
	annotate(sub, v1alpha1.AnnotationReservations, "not JSON")
	if found := outstanding(sub, Reservation{}, now); found != nil {
		t.Errorf("got %v", found)
	}
}
