// Command lotse runs Lotse and is its command line.
//
// Its verbs are of two kinds. up, down, purge, release add, halt and resume, image publish-node, serve and isolate run an installation on this host. All others are clients of the front door: they
// read a credential and could run anywhere. Each verb has a file of its own, named noun_verb.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

// run executes the command line and answers with the exit code.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root, began := newRootCommand()
	err := root.ExecuteContext(ctx)
	if err != nil && !*began {
		err = usage(err) // cobra refused flags, arguments or the verb before any of our code ran
	}
	return explain(os.Stderr, err)
}
