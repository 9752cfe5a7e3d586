package cniplugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// announceTimeout limits how long a Pod's start waits for the enforcer, which usually takes a few milliseconds.
const announceTimeout = 2 * time.Second

// Announcement is a Pod's address for the enforcer.
type Announcement struct {
	UID     string `json:"uid"`
	Address string `json:"address"`
}

// announce returns when the packet filter knows the address.
func announce(ctx context.Context, socket string, a Announcement) error {
	ctx, cancel := context.WithTimeout(ctx, announceTimeout)
	defer cancel()
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://enforcer/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	enforcer := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	response, err := enforcer.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		return fmt.Errorf("%s: %s", response.Status, bytes.TrimSpace(text))
	}
	return nil
}
