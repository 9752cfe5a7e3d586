package scenario

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"lotse.dev/client"
)

// user who may read the stories' subscription, for as long as the story lasts.
type user struct{ name, password string }

func makeUser(ctx context.Context, t *testing.T) user {
	t.Helper()
	u := user{name: "anna-" + lotse.run + "@lotse.local"}
	id := makeReader(ctx, t, "--display-name", "Anna", "--kind", "User", "--user-name", u.name)
	shown := operator(ctx, t, "principal", "secret", "add", "-n", id, "--display-name", "password", "--expires-in", "1h", "-o", "json")
	var secret client.Secret
	if err := json.Unmarshal([]byte(shown), &secret); err != nil || secret.SecretText == "" {
		t.Fatalf("no password: %v", err)
	}
	u.password = secret.SecretText
	return u
}

// makeIdentity makes a managed identity that may read too. It answers with the file of its credential.
func makeIdentity(ctx context.Context, t *testing.T) string {
	t.Helper()
	id := makeReader(ctx, t, "--display-name", "robot", "--kind", "ManagedIdentity")
	file := filepath.Join(t.TempDir(), "robot.json")
	operator(ctx, t, "principal", "secret", "add", "-n", id, "--expires-in", "1h", "--file", file)
	return file
}

// makeReader makes a principal as an operator does, by the command line. It is deleted when the story ends.
func makeReader(ctx context.Context, t *testing.T, flags ...string) (id string) {
	t.Helper()
	id = uuid.NewString()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if _, err := lotse.cli(ctx, "principal", "delete", "-n", id); err != nil {
			t.Error(err)
		}
	})
	operator(ctx, t, append([]string{"principal", "create", "-n", id}, flags...)...)
	operator(ctx, t, "role", "assignment", "create", "--principal", id, "--role", "Reader")
	return id
}

func operator(ctx context.Context, t *testing.T, args ...string) string {
	t.Helper()
	out, err := lotse.cli(ctx, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
