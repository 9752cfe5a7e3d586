package fault

import (
	"fmt"
	"slices"
	"strings"
)

// messageLength is about how many bytes the message of several faults has. The details have every one of them whole.
const messageLength = 2000

// Join makes one error of several: the first, with all of them as details, and with the messages of all of them in its own, because most clients
// print only that. It is nil if there are none.
func Join(errs []*Error) error {
	if len(errs) == 0 {
		return nil
	}
	if len(errs) == 1 {
		return errs[0]
	}
	joined := *errs[0]
	joined.Message, joined.Details = together(errs), errs
	return &joined
}

// together is the messages of all faults, each of them once, as far as messageLength goes.
func together(errs []*Error) string {
	messages, length := []string{errs[0].Message}, len(errs[0].Message)
	for i, e := range errs[1:] {
		if length += len(e.Message); length > messageLength {
			return fmt.Sprintf("%s There are %d more faults; see the details.", strings.Join(messages, " "), len(errs)-1-i)
		}
		if !slices.Contains(messages, e.Message) {
			messages = append(messages, e.Message)
		}
	}
	return strings.Join(messages, " ")
}
