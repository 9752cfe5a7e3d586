package adfs

import (
	"crypto/rand"
	"crypto/subtle"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"lotse.dev/identity"
)

// Bounds of the device flow (RFC 8628).
const (
	deviceLifetime = 15 * time.Minute
	pollInterval   = 5 * time.Second
	mostDevices    = 1000
)

// userCodeLetters leave out what people confuse and what makes words.
const userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"

type device struct {
	code, userCode, clientID string
	until                    time.Time
	who                      *identity.Identity
}

// devices that wait for their user to sign in.
type devices struct {
	clock clock.PassiveClock
	mu    sync.Mutex
	all   map[string]*device // by user code
}

func newDevices(c clock.PassiveClock) *devices {
	return &devices{clock: c, all: map[string]*device{}}
}

// begin a log-in on a device that has no keyboard or browser.
func (d *devices) begin(clientID string) (*device, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep()
	if len(d.all) >= mostDevices {
		return nil, refuse(http.StatusTooManyRequests, "slow_down", "Too many devices wait for their user. Try again later.")
	}
	n := &device{code: rand.Text(), userCode: newUserCode(), clientID: clientID, until: d.clock.Now().Add(deviceLifetime)}
	d.all[n.userCode] = n
	return n, nil
}

func newUserCode() string {
	code := make([]byte, 9)
	for i := range code {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(userCodeLetters))))
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		code[i] = userCodeLetters[n.Int64()]
	}
	return string(code)
}

func (d *devices) sweep() {
	for code, waiting := range d.all {
		if d.clock.Now().After(waiting.until) {
			delete(d.all, code)
		}
	}
}

// approve the device whose user code a signed-in user entered.
func (d *devices) approve(userCode string, who identity.Identity) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep()
	waiting := d.all[normalCode(userCode)]
	if waiting == nil || waiting.who != nil {
		return false
	}
	waiting.who = &who
	return true
}

func normalCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
}

// redeem a device code for the user who signed in. A code is good once.
func (d *devices) redeem(code, clientID string) (identity.Identity, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep()
	for userCode, waiting := range d.all {
		if subtle.ConstantTimeCompare([]byte(waiting.code), []byte(code)) != 1 || waiting.clientID != clientID {
			continue
		}
		if waiting.who == nil {
			return identity.Identity{}, refuse(http.StatusBadRequest, "authorization_pending", "The user has not signed in yet.")
		}
		delete(d.all, userCode)
		return *waiting.who, nil
	}
	return identity.Identity{}, refuse(http.StatusBadRequest, "expired_token", "The code is unknown or has expired. Log in again.")
}
