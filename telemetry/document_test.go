package telemetry

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/metrics.md")

const documentFile = "../docs/metrics.md"

const preface = `# Metrics

Made from the code by ` + "`go test ./telemetry -update`" + `. How to read them, and who may: [observability.md](observability.md).

Beside these there are those of controller-runtime (` + "`controller_runtime_*`" + `: reconciles by controller and result, their duration, errors;
` + "`workqueue_*`" + `: what waits, by controller; ` + "`leader_election_*`" + `) and of the process (` + "`go_*`, `process_*`" + `). Every label has few values; the
only ones that grow are the clusters', and they go when the cluster goes.

| metric | kind | labels | what |
|---|---|---|---|
`

func document() string {
	var b strings.Builder
	b.WriteString(preface)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := all[name]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.name, m.kind, strings.Join(m.labels, ", "), m.help)
	}
	return b.String()
}

func TestDocumentIsWhatThereIs(t *testing.T) {
	if *update {
		if err := os.WriteFile(documentFile, []byte(document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != document() {
		t.Errorf("%s is not up to date; run go test ./telemetry -update", documentFile)
	}
}

func TestNames(t *testing.T) {
	for name, m := range all {
		if !strings.HasPrefix(name, "lotse_") {
			t.Errorf("%s: Lotse's metrics begin with lotse_", name)
		}
		if (m.kind == counter) != strings.HasSuffix(name, "_total") {
			t.Errorf("%s: counters, and only they, end in _total", name)
		}
		if m.help == "" {
			t.Errorf("%s says nothing", name)
		}
	}
}
