package request

import (
	"strings"
	"testing"

	"lotse.dev/arm/body"
)

func TestDecodeCommand(t *testing.T) {
	const archive = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==" // an empty one
	for sentence, c := range map[string]struct{ text, refusal string }{
		"a command line is enough":                  {`{"command":"kubectl get pods"}`, ""},
		"names are free of case":                    {`{"Command":"kubectl get pods","CONTEXT":""}`, ""},
		"az sends lines of base64":                  {`{"command":"a","context":"` + archive[:10] + `\n` + archive[10:] + `\n","clusterToken":""}`, ""},
		"nulls are not sent":                        {`{"command":"a","context":null,"clusterToken":null}`, ""},
		"a command is needed":                       {`{"context":""}`, "parameter command is invalid: it is missing"},
		"an empty command is none":                  {`{"command":"\n"}`, "parameter command is invalid: it is missing"},
		"a long command is sent as a file":          {`{"command":"` + strings.Repeat("a", 17000) + `"}`, "Send a script as an attached file"},
		"what is attached is base64":                {`{"command":"a","context":"*"}`, "parameter context is invalid: it is not base64"},
		"what is attached is a zip archive":         {`{"command":"a","context":"YWJj"}`, "it is not a zip archive"},
		"a token of Entra ID is refused and why":    {`{"command":"a","clusterToken":"x"}`, "the command has your own rights"},
		"what is not known is refused":              {`{"command":"a","timeout":1}`, "parameter timeout is invalid"},
		"a zero byte ends no command line silently": {`{"command":"a\u0000b"}`, "zero byte"},
	} {
		t.Run(sentence, func(t *testing.T) {
			o, err := body.Parse([]byte(c.text), nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodeCommand(o)
			if c.refusal == "" && (err != nil || got.Line == "") || c.refusal != "" && (err == nil || !strings.Contains(err.Error(), c.refusal)) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func FuzzDecodeCommand(f *testing.F) {
	for _, seed := range []string{`{"command":"a","context":"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}`, `{"command":1}`, `{"context":{}}`, `{"command":"a","clusterToken":[]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := body.Parse([]byte(text), nil)
		if err != nil {
			return
		}
		if c, err := DecodeCommand(o); err == nil && strings.TrimSpace(c.Line) == "" {
			t.Errorf("accepted %q", text)
		}
	})
}
