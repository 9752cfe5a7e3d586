package builder

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// notice matches the files in a module's root that its licence asks to pass on with the program.
var notice = regexp.MustCompile(`(?i)^(licen[cs]e|notice|copying|copyright|patents)([.\-_].*)?$`)

// debianDocuments has a directory for each installed package, and in it the file "copyright".
const debianDocuments = "/usr/share/doc"

// notices is the licence texts of the Go modules and the C libraries in an image, each text once with what it is for. Those of an image's Debian
// packages lie where Debian puts them, in /usr/share/doc.
func notices(ctx context.Context, modules []module, libraries []string) ([]byte, error) {
	paths, err := exec.CommandContext(ctx, "go", "env", "GOMODCACHE", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("asking go where modules lie: %w", err)
	}
	cache, goroot, _ := strings.Cut(strings.TrimSpace(string(paths)), "\n")
	holders := map[string][]string{} // by text
	if err := collectNotices(holders, "Go", goroot); err != nil {
		return nil, err
	}
	for _, m := range modules {
		if err := collectNotices(holders, m.Path+" "+m.Version, filepath.Join(cache, escape(m.Path)+"@"+escape(m.Version))); err != nil {
			return nil, err
		}
	}
	for _, library := range libraries {
		if err := collectNotices(holders, library+", of Debian", filepath.Join(debianDocuments, library)); err != nil {
			return nil, err
		}
	}
	return printNotices(holders), nil
}

func collectNotices(holders map[string][]string, holder, dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the licence of %s (bring a module back with `go mod download`, a package with `apt-get install`): %w", holder, err)
	}
	for _, f := range files {
		if !f.Type().IsRegular() || !notice.MatchString(f.Name()) || strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return fmt.Errorf("reading the licence of %s: %w", holder, err)
		}
		text = bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
		if !slices.Contains(holders[string(text)], holder) {
			holders[string(text)] = append(holders[string(text)], holder)
		}
	}
	return nil
}

func printNotices(holders map[string][]string) []byte {
	type entry struct{ holders, text string }
	var all []entry
	for text, names := range holders {
		slices.Sort(names)
		all = append(all, entry{strings.Join(names, "\n"), text})
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(cmp.Compare(a.holders, b.holders), cmp.Compare(a.text, b.text)) })
	var b bytes.Buffer
	for _, e := range all {
		fmt.Fprintf(&b, "%s\n%s\n\n%s\n\n\n", e.holders, strings.Repeat("=", 60), e.text)
	}
	return b.Bytes()
}

// escape writes a module path as the module cache does: capitals as "!" and the small letter.
func escape(path string) string {
	var b strings.Builder
	for _, r := range path {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
