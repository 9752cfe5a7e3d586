package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	askEvery   = 50 * time.Millisecond
	askTimeout = time.Second
)

// runAwait becomes the program in its arguments as soon as the API server of a kubeconfig is ready:
//
//	kubernetes await KUBECONFIG PROGRAM [ARGUMENT…]
//
// A controller manager or scheduler that starts without its API server gives up, or retries at ever longer intervals; a careful script
// waits, and so do we.
func runAwait() int {
	err := await(os.Args[1:])
	fmt.Fprintln(os.Stderr, "kubernetes await:", err)
	return 1
}

// await returns only if it fails.
func await(args []string) error {
	if len(args) < 2 {
		return errors.New("call it with a kubeconfig and a program with its arguments")
	}
	config, err := clientcmd.BuildConfigFromFlags("", args[0])
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.QPS, config.Timeout = -1, askTimeout
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	said := false
	for client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(context.Background()).Error() != nil {
		if !said {
			fmt.Fprintf(os.Stderr, "%s waits for the API server at %s to be ready\n", filepath.Base(args[1]), config.Host)
			said = true
		}
		time.Sleep(askEvery)
	}
	return fmt.Errorf("starting %s: %w", args[1], syscall.Exec(args[1], args[1:], os.Environ()))
}
