package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"sigs.k8s.io/yaml"

	"lotse.dev/client"
)

// formats of -o, the default first.
var formats = []string{"table", "json", "yaml"}

// format is one of formats; its zero value is the default.
type format string

// String implements pflag.Value.
func (f *format) String() string {
	if *f == "" {
		return formats[0]
	}
	return string(*f)
}

// Set implements pflag.Value.
func (f *format) Set(value string) error {
	if !slices.Contains(formats, value) {
		return fmt.Errorf("must be one of %s", strings.Join(formats, ", "))
	}
	*f = format(value)
	return nil
}

// Type implements pflag.Value.
func (f *format) Type() string { return "format" }

// table maps documents that decode into T to rows.
type table[T any] struct {
	columns []string
	row     func(T) []string
}

// print writes documents in the chosen format. A single document is not wrapped into a list.
func (t table[T]) print(w io.Writer, f format, documents ...json.RawMessage) error {
	if f.String() != "table" {
		var value any = documents
		if len(documents) == 1 {
			value = documents[0]
		}
		return encode(w, f, value)
	}
	views, err := client.Views[T](documents)
	if err != nil {
		return err
	}
	rows := make([][]string, len(views))
	for i, v := range views {
		rows[i] = t.row(v)
	}
	return grid(w, t.columns, rows)
}

// printList is print for lists: a single document stays a list.
func (t table[T]) printList(w io.Writer, f format, documents []json.RawMessage) error {
	if f.String() != "table" {
		return encode(w, f, documents)
	}
	return t.print(w, f, documents...)
}

func encode(w io.Writer, f format, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if f.String() == "yaml" {
		if content, err = yaml.JSONToYAML(content); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, content, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, indented.String())
	return err
}

func grid(w io.Writer, columns []string, rows [][]string) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, cells := range append([][]string{columns}, rows...) {
		shown := slices.Clone(cells)
		for i, c := range shown {
			if c == "" {
				shown[i] = "-"
			}
		}
		fmt.Fprintln(out, strings.Join(shown, "\t"))
	}
	return out.Flush()
}
