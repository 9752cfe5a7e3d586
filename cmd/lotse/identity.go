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
		Long: "Run a command with an endpoint like that of Azure's instance metadata, which issues tokens of this credential's principal. The\n" +
			"command and its children log in by `az login --identity` or by the SDKs' ManagedIdentityCredential and never see the secret.\n\n" +
			"The endpoint listens on 127.0.0.1 and answers only requests with the random key of the command's environment. It ends with the\n" +
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
		server := &http.Server{Handler: endpoint, ReadTimeout: 10 * time.Second}
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

// environment points az and the SDKs to the endpoint. az sends the key only if it runs in an app, hence the app's name.
func (e *identityEndpoint) environment(address string) []string {
	url := address + "/msi/token"
	return []string{
		"MSI_ENDPOINT=" + url, "MSI_SECRET=" + e.key, "APPSETTING_WEBSITE_SITE_NAME=lotse",
		"IDENTITY_ENDPOINT=" + url, "IDENTITY_HEADER=" + e.key,
	}
}

// childExit is the exit code of a command that lotse ran; it becomes lotse's own.
type childExit int

func (e childExit) Error() string { return fmt.Sprintf("the command ended with %d", int(e)) }

// runWith runs a command and ends when it does. The command handles signals: it receives an interrupt from the terminal, and other signals
// are forwarded.
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
		return childExit(max(exit.ExitCode(), exitFailed))
	}
	return err
}
