package store

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
)

// Timeouts of a request to etcd, and of one that works on its whole file.
const (
	requestTimeout     = 5 * time.Second
	maintenanceTimeout = 2 * time.Minute
)

// largestAnswer is far more than any of the answers.
const largestAnswer = 1 << 20

// etcd is one member's maintenance, spoken to through its JSON gateway: five small calls do not need its client library (docs/design/libraries.md).
type etcd struct {
	url    string
	client *http.Client
}

// open makes a client of the etcd at host:port from the content of Secret v1alpha1.SecretEtcdService. It keeps no connection: the next check
// is long after this one.
func open(address string, secret map[string][]byte) (*etcd, error) {
	pair, err := tls.X509KeyPair(secret["client.crt"], secret["client.key"])
	if err != nil {
		return nil, fmt.Errorf("the service's credential for etcd is damaged; delete secret %s, and the service writes it again: %w",
			v1alpha1.SecretEtcdService, err)
	}
	authority := x509.NewCertPool()
	authority.AppendCertsFromPEM(secret["ca.crt"])
	return &etcd{
		url: "https://" + address,
		client: &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: authority, MinVersion: tls.VersionTLS12},
		}},
	}, nil
}

// status of a member; it costs the member next to nothing. Numbers of 64 bits are strings in this JSON.
type status struct {
	Header struct {
		Revision string `json:"revision"`
	} `json:"header"`
	Size   int64    `json:"dbSize,string"`
	Used   int64    `json:"dbSizeInUse,string"`
	Quota  int64    `json:"dbSizeQuota,string"`
	Errors []string `json:"errors"`
}

func (e *etcd) status(ctx context.Context) (status, error) {
	var s status
	return s, e.call(ctx, requestTimeout, "maintenance/status", struct{}{}, &s)
}

// state of the store: how full it is.
func (e *etcd) state(ctx context.Context) (v1alpha1.StoreState, error) {
	s, err := e.status(ctx)
	state := v1alpha1.StoreState{SizeBytes: s.Size, UsedBytes: s.Used, QuotaBytes: s.Quota}
	for _, problem := range s.Errors {
		state.Full = state.Full || strings.Contains(problem, "alarm:"+noSpace)
	}
	return state, err
}

func (e *etcd) do(ctx context.Context, s step) error {
	switch s {
	case compact:
		return e.compact(ctx)
	case defragment:
		return e.defragment(ctx)
	case disarm:
		return e.disarm(ctx)
	}
	return nil
}

// compact removes all history. Watchers that are behind list again.
func (e *etcd) compact(ctx context.Context) error {
	s, err := e.status(ctx)
	if err != nil {
		return err
	}
	err = e.call(ctx, maintenanceTimeout, "kv/compaction", map[string]any{"revision": s.Header.Revision, "physical": true}, nil)
	if err != nil && strings.Contains(err.Error(), "revision has been compacted") {
		return nil // nothing has changed since
	}
	return err
}

// defragment gives free space back to the volume. The member does not answer meanwhile.
func (e *etcd) defragment(ctx context.Context) error {
	return e.call(ctx, maintenanceTimeout, "maintenance/defragment", struct{}{}, nil)
}

const noSpace = "NOSPACE"

// disarm ends the alarm that refuses writes.
func (e *etcd) disarm(ctx context.Context) error {
	var raised struct {
		Alarms []struct {
			MemberID string `json:"memberID"`
			Alarm    string `json:"alarm"`
		} `json:"alarms"`
	}
	if err := e.call(ctx, requestTimeout, "maintenance/alarm", map[string]any{"action": "GET", "alarm": noSpace}, &raised); err != nil {
		return err
	}
	for _, a := range raised.Alarms {
		if a.Alarm != noSpace {
			continue
		}
		end := map[string]any{"action": "DEACTIVATE", "memberID": a.MemberID, "alarm": noSpace}
		if err := e.call(ctx, requestTimeout, "maintenance/alarm", end, nil); err != nil {
			return err
		}
	}
	return nil
}

func (e *etcd) call(ctx context.Context, limit time.Duration, method string, question, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url+"/v3/"+method, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := e.client.Do(request)
	if err != nil {
		return fmt.Errorf("asking etcd (%s): %w", method, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("asking etcd (%s): %w", method, err)
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("etcd refused (%s): %s: %s", method, response.Status, content)
	case answer == nil:
		return nil
	}
	return json.Unmarshal(content, answer)
}
