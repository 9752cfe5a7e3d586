package isolation

import (
	"context"
	"errors"
	"testing"

	"sigs.k8s.io/knftables"
)

// counting counts the transactions that it passes on, and refuses them on demand.
type counting struct {
	*knftables.Fake
	runs   int
	refuse error
}

func (c *counting) Run(ctx context.Context, tx *knftables.Transaction) error {
	c.runs++
	if c.refuse != nil {
		return c.refuse
	}
	return c.Fake.Run(ctx, tx)
}

func TestTheTableIsWrittenWhenItMustBe(t *testing.T) {
	full, closed := plans()["two-policies"], Plan{}
	for sentence, c := range map[string]struct {
		between func(*counting)
		second  Plan
		writes  int
	}{
		"an equal table is not written again": {nil, full, 1},
		"another table is":                    {nil, closed, 2},
		"a table that another program removed is written again": {
			func(c *counting) {
				tx := c.NewTransaction()
				tx.Delete(&knftables.Table{})
				if err := c.Fake.Run(t.Context(), tx); err != nil {
					t.Fatal(err)
				}
			}, full, 2,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			nft := &counting{Fake: fake()}
			f := &filter{nft: nft, host: hostConfig()}
			if f.exists(t.Context()) {
				t.Error("there is a table before the first write")
			}
			if err := f.write(t.Context(), full); err != nil {
				t.Fatal(err)
			}
			if c.between != nil {
				c.between(nft)
			}
			f.verify(t.Context())
			if err := f.write(t.Context(), c.second); err != nil {
				t.Fatal(err)
			}
			if nft.runs != c.writes || !f.exists(t.Context()) {
				t.Errorf("%d writes, want %d", nft.runs, c.writes)
			}
			if got := len(nft.Table.Maps[mapInside].Elements); got != len(c.second.Groups) {
				t.Errorf("%d Pods in the map, want one for each of %d groups", got, len(c.second.Groups))
			}
		})
	}
}

func TestATableOfAnotherVersionStaysInForceAtAStart(t *testing.T) {
	for sentence, c := range map[string]struct {
		there []knftables.Object
		want  bool
	}{
		"no table is none":                          {nil, false},
		"a table without chains filters nothing":    {[]knftables.Object{&knftables.Table{}}, false},
		"a table that has other chains is in force": {[]knftables.Object{&knftables.Table{}, &knftables.Chain{Name: "of-another-version"}}, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			nft := fake()
			tx := nft.NewTransaction()
			for _, o := range c.there {
				tx.Add(o)
			}
			if err := nft.Run(t.Context(), tx); err != nil {
				t.Fatal(err)
			}
			f := &filter{nft: nft, host: hostConfig()}
			if got := f.exists(t.Context()); got != c.want {
				t.Errorf("the table is in force: %t", got)
			}
			f.written = "something"
			if f.verify(t.Context()); f.written != "" {
				t.Error("a table that this process did not write counts as written")
			}
		})
	}
}

func TestARefusedTableIsWrittenAgain(t *testing.T) {
	nft := &counting{Fake: fake(), refuse: errors.New("no")}
	f := &filter{nft: nft, host: hostConfig()}
	if err := f.write(t.Context(), Plan{}); !errors.Is(err, nft.refuse) {
		t.Errorf("write = %v, want the packet filter's error", err)
	}
	nft.refuse = nil
	if err := f.write(t.Context(), Plan{}); err != nil || !f.exists(t.Context()) {
		t.Errorf("the second attempt: %v", err)
	}
}
