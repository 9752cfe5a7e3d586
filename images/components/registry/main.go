// Command registry is the registry that serves every image inside Lotse: upstream's, with storage on a filesystem, behind a gate of Lotse's.
// Cloud storage, whose SDKs are most of upstream's size, is left out.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"

	"lotse.dev/images/components/registry/gate"
	"lotse.dev/images/components/registry/store"
)

// keyVariable names the file with the public key of machines' tokens. Only the server that reads needs it.
const keyVariable = "PULL_TOKEN_KEY_FILE"

func main() {
	registry.RegisterHandler(gated)
	if err := registry.RootCmd.Execute(); err != nil {
		os.Exit(1)
	}
}

// gated puts Lotse's gate before upstream's handler: the one for machines if the server only reads, else the one for the front door.
func gated(config *configuration.Configuration, next http.Handler) http.Handler {
	root, _ := config.Storage.Parameters()["rootdirectory"].(string)
	volume, log := store.Open(root), slog.New(slog.NewTextHandler(os.Stderr, nil))
	if _, onlyReads := config.Storage["maintenance"]["readonly"]; !onlyReads {
		pushes := &gate.Pushes{Store: volume, Now: time.Now, Next: next}
		go pushes.CollectForever(context.Background(), log)
		return pushes
	}
	key, err := readKey(os.Getenv(keyVariable))
	if err != nil {
		log.Error("the key of machines' tokens cannot be read", "error", err)
		os.Exit(1)
	}
	return gate.Nodes{Key: key, Store: volume, Now: time.Now, Next: next}
}

func readKey(file string) (ed25519.PublicKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM block found in " + file)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("want an Ed25519 key, got %T", parsed)
	}
	return key, nil
}
