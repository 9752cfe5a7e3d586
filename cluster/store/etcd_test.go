package store

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/pki"
)

const quota = 16 << 20

// TestAFullStoreIsOpenedAgain fills a real etcd and maintains it.
func TestAFullStoreIsOpenedAgain(t *testing.T) {
	e := startEtcd(t)
	ctx := t.Context()
	if s := maintained(t, e); s.Full || s.QuotaBytes != quota || s.SizeBytes == 0 || Message(s) != "" {
		t.Fatalf("a new store is %+v", s)
	}
	// What is full of gaps is opened again at once, so it takes more than one refusal until it is full of data.
	var s v1alpha1.StoreState
	written := 0
	for ; !s.Full && written < 100; written++ {
		if err := put(ctx, e, written); err == nil {
			continue
		} else if !strings.Contains(err.Error(), "database space exceeded") {
			t.Fatalf("after %d MiB: %v", written, err)
		}
		s = maintained(t, e)
	}
	if !s.Full || !FillingUp(s) || s.Trouble != "" {
		t.Fatalf("a store full of data is %+v", s)
	}
	for i := range written / 2 {
		if err := e.call(ctx, requestTimeout, "kv/deleterange", map[string]any{"key": key(i)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	// The store settles what is free with its next transaction, so it may take another check.
	for range 20 {
		if s = maintained(t, e); !s.Full {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if s.Full || share(s.SizeBytes, quota) >= lowSpace {
		t.Fatalf("after half of it was deleted the store is %+v", s)
	}
	if err := put(ctx, e, written); err != nil {
		t.Errorf("writing to a store that is below its quota: %v", err)
	}
}

func TestHistoryAloneDoesNotKeepAStoreFull(t *testing.T) {
	e := startEtcd(t)
	var err error
	for n := 0; err == nil && n < 100; n++ {
		err = put(t.Context(), e, 0)
	}
	if err == nil || !strings.Contains(err.Error(), "database space exceeded") {
		t.Fatal(err)
	}
	for range 20 {
		if s := maintained(t, e); !s.Full {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("one key of a mebibyte keeps a store of 16 full")
}

func TestOtherCredentialsAreRefused(t *testing.T) {
	e := startEtcd(t)
	stranger, err := open(strings.TrimPrefix(e.url, "https://"), secrets(t)[v1alpha1.SecretEtcdService]) // of another cluster
	if err != nil {
		t.Fatal(err)
	}
	if _, err := maintain(t.Context(), stranger); err == nil {
		t.Error("another cluster's credential was let in")
	}
	if _, err := open("127.0.0.1:1", nil); err == nil || !strings.Contains(err.Error(), v1alpha1.SecretEtcdService) {
		t.Errorf("without a credential: %v", err)
	}
}

func maintained(t *testing.T, e *etcd) v1alpha1.StoreState {
	t.Helper()
	s, err := maintain(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func key(i int) []byte { return fmt.Appendf(nil, "/registry/%d", i) }

// put a mebibyte.
func put(ctx context.Context, e *etcd, i int) error {
	return e.call(ctx, requestTimeout, "kv/put", map[string]any{"key": key(i), "value": bytes.Repeat([]byte("x"), 1<<20)}, nil)
}

func secrets(t *testing.T) credentials.Contents {
	t.Helper()
	data, err := pki.Complete(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	roots, err := pki.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	contents, _, err := credentials.Secrets(credentials.Cluster{
		Ref: controlplane.Ref{Cluster: "shop", Subscription: "s"}, Name: "shop", EtcdAddress: "127.0.0.1",
		Network:  v1alpha1.NetworkSpec{ServiceCIDR: "10.0.0.0/16"},
		Endpoint: v1alpha1.Endpoint{Host: "127.0.0.1", Port: 1, InternalHost: "127.0.0.1", InternalPort: 1},
	}, roots, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

// startEtcd with the credentials of a control plane and a small quota.
func startEtcd(t *testing.T) *etcd {
	t.Helper()
	bin := os.Getenv("KUBEBUILDER_ASSETS")
	if bin == "" {
		bin = filepath.Join("..", "..", "out", "bin")
	}
	dir, contents := t.TempDir(), secrets(t)
	for name, content := range contents[v1alpha1.ComponentEtcd] {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address, peer := freeAddress(t), "https://"+freeAddress(t)
	log := &bytes.Buffer{}
	command := exec.Command(filepath.Join(bin, "etcd"), "--name=etcd", "--data-dir="+filepath.Join(dir, "data"),
		"--listen-client-urls=https://"+address, "--advertise-client-urls=https://"+address, "--client-cert-auth=true",
		"--trusted-ca-file="+dir+"/ca.crt", "--cert-file="+dir+"/server.crt", "--key-file="+dir+"/server.key",
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=etcd="+peer, "--peer-client-cert-auth=true",
		"--peer-trusted-ca-file="+dir+"/ca.crt", "--peer-cert-file="+dir+"/peer.crt", "--peer-key-file="+dir+"/peer.key",
		fmt.Sprintf("--quota-backend-bytes=%d", quota))
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatalf("no etcd: run make images, or set KUBEBUILDER_ASSETS: %v", err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("the last of etcd's log:\n%s", log.Bytes()[max(0, log.Len()-3000):])
		}
	})
	e, err := open(address, contents[v1alpha1.SecretEtcdService])
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, err := e.state(t.Context())
		if err == nil {
			return e
		}
		if time.Now().After(deadline) {
			t.Fatalf("etcd does not answer: %v", err)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
