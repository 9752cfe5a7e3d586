package request

import (
	"encoding/base64"
	"strings"

	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/command"
)

// Command is what the body of a run command asks for.
type Command struct {
	Line  string
	Files []command.File
}

// DecodeCommand reads the body of a run command. az sends the archive in lines, as mail has it.
func DecodeCommand(o *body.Object) (Command, error) {
	var c Command
	c.Line, _ = o.String("command")
	switch {
	case strings.TrimSpace(c.Line) == "":
		o.Fail(invalidCommand("command", "it is missing; send a command line, such as 'kubectl get pods -n kube-system'"))
	case len(c.Line) > command.MaxLine:
		o.Fail(invalidCommand("command", "it has %d bytes; at most %d are allowed. Send a script as an attached file", len(c.Line), command.MaxLine))
	case strings.ContainsRune(c.Line, 0):
		o.Fail(invalidCommand("command", "it has a zero byte, which no command line can have"))
	}
	if sent, ok := o.String("context"); ok {
		files, err := attached(sent)
		o.Fail(err)
		c.Files = files
	}
	if _, sent := o.String("clusterToken"); sent {
		o.Fail(invalidCommand("clusterToken", "the cluster knows no tokens of Entra ID, and the command has your own rights in any case; leave it out"))
	}
	return c, o.Finish()
}

func attached(text string) ([]command.File, error) {
	archive, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, invalidCommand("context", "it is not base64")
	}
	files, err := command.Files(archive)
	if err != nil {
		return nil, invalidCommand("context", "the attached archive is refused: %v", err)
	}
	return files, nil
}

func invalidCommand(target, format string, args ...any) error {
	e := fault.New(fault.InvalidParameter, format, args...)
	return fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: %s.", target, e.Message).At(target)
}
