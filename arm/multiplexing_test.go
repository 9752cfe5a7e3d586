package arm_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm"
	"lotse.dev/audit"
	"lotse.dev/identity"
)

// The bounds that docs/limits.md promises for one HTTP/2 connection.
const (
	streamsAtOnce   = 100
	streamsWaiting  = 4 * streamsAtOnce
	headerListBytes = 64<<10 + 320
)

// TestHTTP2 is a peer that speaks HTTP/2 by frames to do harm. Whatever it does, other clients are answered.
func TestHTTP2(t *testing.T) {
	for sentence, abuse := range map[string]func(*slowFront){
		"the bounds are in the settings":                                         (*slowFront).sendsBounds,
		"streams beyond the bound are refused, and the others are answered":      (*slowFront).refusesStreams,
		"streams that are reset count until their handlers end":                  (*slowFront).endsRapidReset,
		"a header beyond its bound is refused, and the connection stays of use":  (*slowFront).refusesHeader,
		"a header that never ends, with fields, ends the connection":             (*slowFront).endsContinuation,
		"a peer that asks for answers without reading them is not answered more": (*slowFront).endsPings,
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			f := newSlowFront(t)
			abuse(f)
			f.serves()
		})
	}
}

// slowFront is the front door as it is served, over a management cluster that answers nothing until it is released.
type slowFront struct {
	*testing.T
	address string
	token   string
	release chan struct{}
	// asking is how many requests wait for the management cluster, and most how many ever did.
	asking, most atomic.Int64
}

func newSlowFront(t *testing.T) *slowFront {
	t.Helper()
	f := &slowFront{T: t, release: make(chan struct{})}
	scheme := runtime.NewScheme()
	must(t, v1alpha1.AddToScheme(scheme))
	slow := fake.NewClientBuilder().WithScheme(scheme).WithInterceptorFuncs(interceptor.Funcs{Get: f.get}).Build()
	dir := t.TempDir()
	writeCertificate(t, dir, 1)
	auditLog, err := audit.Open(t.TempDir())
	must(t, err)
	key := signingKey(t)
	issuer, err := identity.NewIssuer(key, clock.RealClock{})
	must(t, err)
	f.token, err = issuer.Access(identity.Identity{Principal: "anna"}, "https://localhost/adfs", "https://localhost/")
	must(t, err)
	server, err := arm.New(arm.Options{Client: slow, SigningKey: key, TLSDir: dir, Audit: auditLog, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	f.address = listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		f.free()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return f
}

// get heeds no context: it is what a handler that does not end at once looks like.
func (f *slowFront) get(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	for now := f.asking.Add(1); ; {
		most := f.most.Load()
		if now <= most || f.most.CompareAndSwap(most, now) {
			break
		}
	}
	defer f.asking.Add(-1)
	<-f.release
	return c.Get(ctx, key, o, opts...)
}

func (f *slowFront) free() {
	select {
	case <-f.release:
	default:
		close(f.release)
	}
}

// serves checks that another client, with its own connection, is answered.
func (f *slowFront) serves() {
	f.Helper()
	other := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: trustAny(), ForceAttemptHTTP2: true}}
	defer other.CloseIdleConnections()
	a, err := other.Get("https://" + f.address + "/healthz")
	if err != nil {
		f.Fatalf("another client is not served: %v", err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK || a.ProtoMajor != 2 {
		f.Errorf("another client got %d by HTTP/%d", a.StatusCode, a.ProtoMajor)
	}
}

func trustAny() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}
}

// peer speaks HTTP/2 by frames.
type peer struct {
	*testing.T
	*http2.Framer
	conn  net.Conn
	token string
	next  uint32
	sent  map[http2.SettingID]uint32 // by the server
}

func (f *slowFront) dial() *peer {
	f.Helper()
	conn, err := tls.Dial("tcp", f.address, trustAny())
	must(f.T, err)
	f.Cleanup(func() { conn.Close() })
	_, err = conn.Write([]byte(http2.ClientPreface))
	must(f.T, err)
	p := &peer{T: f.T, Framer: http2.NewFramer(conn, conn), conn: conn, token: f.token, next: 1, sent: map[http2.SettingID]uint32{}}
	p.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	must(f.T, p.WriteSettings())
	settings, ok := p.until(func(frame http2.Frame) bool { return frame.Header().Type == http2.FrameSettings }).(*http2.SettingsFrame)
	if !ok {
		f.Fatal("the server sent no settings")
	}
	must(f.T, settings.ForeachSetting(func(s http2.Setting) error {
		p.sent[s.ID] = s.Val
		return nil
	}))
	must(f.T, p.WriteSettingsAck())
	return p
}

// until reads to the first frame that is looked for; nil if the connection ends before.
func (p *peer) until(found func(http2.Frame) bool) http2.Frame {
	p.Helper()
	must(p.T, p.conn.SetReadDeadline(time.Now().Add(time.Minute)))
	for {
		frame, err := p.ReadFrame()
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			p.Fatal("what was waited for did not come within a minute")
		case err != nil:
			return nil
		case found(frame):
			return frame
		}
	}
}

// status that a stream is answered with; nothing if the connection ends before.
func (p *peer) status(stream uint32) string {
	p.Helper()
	answer := func(f http2.Frame) bool {
		return f.Header().StreamID == stream && f.Header().Type == http2.FrameHeaders
	}
	headers, ok := p.until(answer).(*http2.MetaHeadersFrame)
	if !ok {
		return ""
	}
	return headers.PseudoValue("status")
}

// request opens a stream and returns its number. Writing to a connection that the server has ended is no error: the next read reports it.
func (p *peer) request(method, path, body string, fields ...string) uint32 {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	fields = append([]string{":method", method, ":scheme", "https", ":authority", "localhost", ":path", path}, fields...)
	for i := 0; i < len(fields); i += 2 {
		// Nothing is indexed, so that every block stands for itself.
		_ = encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1], Sensitive: true})
	}
	stream, fragment := p.next, block.Bytes()
	p.next += 2
	first := fragment[:min(len(fragment), 16<<10)]
	fragment = fragment[len(first):]
	_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: first, EndHeaders: len(fragment) == 0, EndStream: body == ""})
	for len(fragment) > 0 {
		part := fragment[:min(len(fragment), 16<<10)]
		fragment = fragment[len(part):]
		_ = p.WriteContinuation(stream, len(fragment) == 0, part)
	}
	if body != "" {
		_ = p.WriteData(stream, true, []byte(body))
	}
	return stream
}

// ask for what needs the management cluster, which waits for it until it is released.
func (p *peer) ask() uint32 {
	return p.request("GET", "/subscriptions?api-version=2019-11-01", "", "authorization", "Bearer "+p.token)
}

func (f *slowFront) sendsBounds() {
	p := f.dial()
	for id, want := range map[http2.SettingID]uint32{http2.SettingMaxConcurrentStreams: streamsAtOnce, http2.SettingMaxHeaderListSize: headerListBytes} {
		if p.sent[id] != want {
			f.Errorf("%s is %d, want %d", id, p.sent[id], want)
		}
	}
}

func (f *slowFront) refusesStreams() {
	p := f.dial()
	for range streamsAtOnce {
		p.ask()
	}
	beyond := p.ask()
	reset, ok := p.until(func(f http2.Frame) bool { return f.Header().StreamID == beyond }).(*http2.RSTStreamFrame)
	if !ok {
		f.Fatal("a stream beyond the bound was accepted")
	}
	f.Logf("refused with %s", reset.ErrCode)
	f.serves()
	f.free()
	if got := p.status(1); got == "" {
		f.Error("the streams before it were not answered")
	}
	if most := f.most.Load(); most > streamsAtOnce {
		f.Errorf("%d requests of one connection ran at once", most)
	}
}

func (f *slowFront) endsRapidReset() {
	p := f.dial()
	for range streamsAtOnce + streamsWaiting + 100 {
		_ = p.WriteRSTStream(p.ask(), http2.ErrCodeCancel)
	}
	goAway, ok := p.until(func(f http2.Frame) bool { return f.Header().Type == http2.FrameGoAway }).(*http2.GoAwayFrame)
	if !ok || goAway.ErrCode != http2.ErrCodeEnhanceYourCalm {
		f.Fatalf("got %v, want %s", goAway, http2.ErrCodeEnhanceYourCalm)
	}
	if most := f.most.Load(); most == 0 || most > streamsAtOnce {
		f.Errorf("%d requests of one connection ran at once, want 1 to %d", most, streamsAtOnce)
	}
	f.serves()
}

func (f *slowFront) refusesHeader() {
	p := f.dial()
	large := p.request("GET", "/healthz", "", "x-large", string(bytes.Repeat([]byte("#"), headerListBytes)))
	if got := p.status(large); got != "431" {
		f.Fatalf("a header of more than %d bytes is answered with %q, want 431", headerListBytes, got)
	}
	if got := p.status(p.request("GET", "/healthz", "")); got != "200" {
		f.Errorf("the next request of the same connection is answered with %q", got)
	}
}

func (f *slowFront) endsContinuation() {
	p := f.dial()
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for i := range 16 {
		must(f.T, encoder.WriteField(hpack.HeaderField{Name: fmt.Sprintf("x-%d", i), Value: string(bytes.Repeat([]byte("#"), 500)), Sensitive: true}))
	}
	must(f.T, p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes()}))
	const most = 64 << 20
	written := p.flood(most, func() (int, error) { return block.Len(), p.WriteContinuation(1, false, block.Bytes()) })
	if written >= most {
		f.Fatalf("%d MB of a header were taken", written>>20)
	}
	f.Logf("ended after %d KB", written>>10)
}

func (f *slowFront) endsPings() {
	p := f.dial()
	var pings bytes.Buffer
	framer := http2.NewFramer(&pings, nil)
	for range 500 {
		must(f.T, framer.WritePing(false, [8]byte{}))
	}
	const most = 512 << 20
	written := p.flood(most, func() (int, error) { return p.conn.Write(pings.Bytes()) })
	if written >= most {
		f.Fatalf("%d MB of pings were answered", written>>20)
	}
	f.Logf("ended after %d KB", written>>10)
}

// flood writes until the connection ends, or too much was taken. Nothing is read.
func (p *peer) flood(most int, write func() (int, error)) (written int) {
	p.Helper()
	must(p.T, p.conn.SetWriteDeadline(time.Now().Add(2*time.Minute)))
	for written < most {
		n, err := write()
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			p.Fatalf("the connection is still open after %d KB", written>>10)
		}
		if err != nil {
			break
		}
		written += n
	}
	return written
}
