package bootstrap

import (
	"testing"
	"time"
)

func TestMintedTokensAreValidAndDiffer(t *testing.T) {
	seen := map[Token]bool{}
	for range 1000 {
		token := Mint()
		if !token.Valid() || seen[token] {
			t.Fatalf("%q is invalid or came twice", token)
		}
		seen[token] = true
	}
}

func TestTheSecretHoldsTheTokenAndItsExpiry(t *testing.T) {
	until := time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("CET", 3600))
	s := Token("abcdef.0123456789abcdef").Secret("aks-nodepool1-00000001-vmss000000", until)
	if s.Namespace != "kube-system" || s.Name != "bootstrap-token-abcdef" || s.Type != "bootstrap.kubernetes.io/token" {
		t.Errorf("secret is %s/%s of type %s", s.Namespace, s.Name, s.Type)
	}
	for key, want := range map[string]string{
		"token-id": "abcdef", "token-secret": "0123456789abcdef", "expiration": "2026-11-23T11:00:00Z",
		"usage-bootstrap-authentication": "true", "auth-extra-groups": "system:bootstrappers:lotse",
	} {
		if got := string(s.Data[key]); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if s.Data["usage-bootstrap-signing"] != nil {
		t.Error("the token may sign, which it is not needed for")
	}
}

func TestTheUserOfAToken(t *testing.T) {
	if got := Token("abcdef.0123456789abcdef").User(); got != "system:bootstrap:abcdef" || !IsBootstrapUser(got) {
		t.Errorf("user is %s", got)
	}
	for _, wrong := range []Token{"", "abcdef", "ABCDEF.0123456789abcdef", "abcdef.0123456789abcdeff"} {
		if wrong.Valid() {
			t.Errorf("%q is valid", wrong)
		}
	}
}
