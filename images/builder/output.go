package builder

import (
	"bytes"
	"strings"
)

// compilerOutput takes what `go build -v` prints: a line for each package when its compilation begins, one for each module that is
// downloaded, and everything else, which is errors.
type compilerOutput struct {
	each     func(pkg string)
	download func(module string)
	rest     bytes.Buffer
	line     []byte // that is not complete
}

// Write never fails.
func (o *compilerOutput) Write(content []byte) (int, error) {
	o.line = append(o.line, content...)
	for {
		line, after, complete := bytes.Cut(o.line, []byte("\n"))
		if !complete {
			return len(content), nil
		}
		o.take(string(line))
		o.line = after
	}
}

func (o *compilerOutput) take(line string) {
	module, downloading := strings.CutPrefix(line, "go: downloading ")
	switch {
	case downloading:
		o.download(module)
	case isImportPath(line):
		o.each(line)
	default:
		o.rest.WriteString(line + "\n")
	}
}

// isImportPath tells the name of a package from an error, which has blanks or colons.
func isImportPath(line string) bool { return line != "" && !strings.ContainsAny(line, " \t:#") }
