// Command probe is the program that stories run in a Pod to observe the cluster from inside.
//
//	probe serve                   serves its host's name on port 8080
//	probe get URL                 fetches a page and prints it
//	probe api PATH                asks the API server with the Pod's service account, and prints the answer
//	probe admit DIRECTORY         serves an admission webhook on port 8443 that allows everything, with tls.crt and tls.key of the directory
//	probe reach ADDRESS…          tries to connect to each, and prints "open" or "closed" before it
//	probe spoof SOURCE ADDRESS    tries to connect from an address that is not this machine's
//	probe ways                    tries the known ways out of a machine, and prints for each "open" or "closed" and why
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "serve":
		return serve()
	case len(args) == 2 && args[0] == "get":
		return get(args[1])
	case len(args) == 2 && args[0] == "api":
		return api(args[1])
	case len(args) == 2 && args[0] == "admit":
		return admit(args[1])
	case len(args) > 1 && args[0] == "reach":
		return reach(args[1:])
	case len(args) == 3 && args[0] == "spoof":
		return spoof(args[1], args[2])
	case len(args) == 1 && args[0] == "ways":
		return tryWays()
	}
	return fmt.Errorf("usage: see the program's comment")
}

func serve() error {
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	fmt.Println("serving as", name)
	return http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("asked for", r.URL.Path)
		fmt.Fprintln(w, "probe", name)
	}))
}

// get exists because wget of Debian's statically linked busybox cannot look up names.
func get(url string) error {
	asking := http.Client{Timeout: 5 * time.Second}
	response, err := asking.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}

func api(path string) error {
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	asking := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	request, err := http.NewRequest(http.MethodGet, "https://kubernetes.default.svc"+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	response, err := asking.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	fmt.Println(response.Status)
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}
