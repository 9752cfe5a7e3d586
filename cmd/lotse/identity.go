package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func newIdentityCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "identity [COMMAND [ARGUMENT...]]", Short: "Give a command tokens instead of a secret (az login --identity)",
		Long: "Run a command with an endpoint of the instance metadata kind beside it, which gives out tokens of this credential's principal. The\n" +
			"command, and what it starts, log in by `az login --identity` or by the SDKs' ManagedIdentityCredential and never see the secret.\n\n" +
			"The endpoint listens on 127.0.0.1 and answers only to those who know the random key in the command's environment. It ends with the\n" +
			"command. Without a command, the environment is printed and the endpoint serves until it is interrupted.",
		Example: "  lotse identity sh -c 'az login --identity && az aks list'\n  lotse identity bash",
	}
	cmd.Flags().SetInterspersed(false) // flags after the command are its own
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		endpoint := &identityEndpoint{client: c, key: rand.Text()}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		server := &http.Server{Handler: endpoint, ReadHeaderTimeout: 10 * time.Second}
		defer server.Close()
		failed := make(chan error, 1)
		go func() { failed <- server.Serve(listener) }()
		variables := endpoint.environment("http://" + listener.Addr().String())
		if len(args) > 0 {
			return runWith(args, variables)
		}
		for _, v := range variables {
			if _, err := fmt.Fprintln(cmd.OutOrStdout(), "export "+v); err != nil {
				return err
			}
		}
		select {
		case <-cmd.Context().Done():
			return nil
		case err := <-failed:
			return err
		}
	}
	return cmd
}

// environment tells az and the SDKs where tokens are. az sends the key only if it believes to be in an app, hence the app's name.
func (e *identityEndpoint) environment(address string) []string {
	url := address + "/msi/token"
	return []string{
		"MSI_ENDPOINT=" + url, "MSI_SECRET=" + e.key, "APPSETTING_WEBSITE_SITE_NAME=lotse",
		"IDENTITY_ENDPOINT=" + url, "IDENTITY_HEADER=" + e.key,
	}
}

// endedWith is how a command ended that ran in our place; its code becomes ours.
type endedWith int

func (e endedWith) Error() string { return fmt.Sprintf("the command ended with %d", int(e)) }

// runWith runs a command in our place. Signals are its business: an interrupt reaches it from the terminal, others are handed on, and we end
// when it does.
func runWith(args, variables []string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = slices.Concat(os.Environ(), variables)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s) // it may have ended meanwhile
		}
	}()
	err := cmd.Wait()
	close(signals)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return endedWith(max(exit.ExitCode(), exitFailed))
	}
	return err
}
