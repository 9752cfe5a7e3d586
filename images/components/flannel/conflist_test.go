package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestConflist(t *testing.T) {
	tests := map[string]struct {
		subnets []string
		want    []any
		routes  []any
	}{
		"an IPv4 node hands out addresses of its podCIDR": {
			subnets: []string{"10.244.1.0/24"},
			want:    []any{[]any{map[string]any{"subnet": "10.244.1.0/24"}}},
			routes:  []any{map[string]any{"dst": "0.0.0.0/0"}},
		},
		"a dual-stack node hands out one address of each family": {
			subnets: []string{"10.244.1.0/24", "fd00:1::/64"},
			want:    []any{[]any{map[string]any{"subnet": "10.244.1.0/24"}}, []any{map[string]any{"subnet": "fd00:1::/64"}}},
			routes:  []any{map[string]any{"dst": "0.0.0.0/0"}, map[string]any{"dst": "::/0"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "net.d")
			if err := writeConflist(dir, tt.subnets, 1450); err != nil {
				t.Fatal(err)
			}
			link := readConflist(t, dir).Plugins[0]
			ipam := link["ipam"].(map[string]any)
			if !reflect.DeepEqual(ipam["ranges"], tt.want) || !reflect.DeepEqual(ipam["routes"], tt.routes) {
				t.Errorf("ranges = %v, routes = %v, want %v and %v", ipam["ranges"], ipam["routes"], tt.want, tt.routes)
			}
			if link["type"] != "ptp" || link["mtu"] != float64(1450) {
				t.Errorf("type = %v, mtu = %v, want routed links with the lease's 1450", link["type"], link["mtu"])
			}
		})
	}
}

func readConflist(t *testing.T, dir string) (parsed struct{ Plugins []map[string]any }) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("directory holds %v (%v), want only %s", entries, err, conflistName)
	}
	content, err := os.ReadFile(filepath.Join(dir, conflistName))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}
