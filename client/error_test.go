package client

import "testing"

func TestError(t *testing.T) {
	a, b := Error{Code: "InvalidParameter", Message: "A is wrong.", Target: "a"}, Error{Code: "InvalidTag", Message: "B is wrong."}
	for sentence, c := range map[string]struct {
		err  Error
		want string
	}{
		"one fault":                                {a, "A is wrong. (InvalidParameter) at a"},
		"the message of several is not repeated":   {Error{Code: "InvalidParameter", Message: "A is wrong. B is wrong.", Target: "a", Details: []Error{a, b}}, "A is wrong. (InvalidParameter) at a\n  B is wrong. (InvalidTag)"},
		"details that the message does not repeat": {Error{Code: "Failed", Message: "Two pools failed.", Details: []Error{b}}, "Two pools failed. (Failed)\n  B is wrong. (InvalidTag)"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.err.Error(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
