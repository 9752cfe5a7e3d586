package preflight

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lotse.dev/management/teardown"
)

// listener is a listening TCP socket.
type listener struct {
	address netip.AddrPort
	inode   string
}

// taken returns the wanted ports on which other processes listen.
func taken(wanted []Port, scope teardown.Scope, table map[int]teardown.Process) ([]Taken, error) {
	var all []listener
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		content, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("listening sockets: %w", err)
		}
		all = append(all, parseListeners(string(content))...)
	}
	var found []Taken
	for _, w := range wanted {
		for _, l := range all {
			if !l.conflicts(w) {
				continue
			}
			if p, known := holder(l.inode, table); !known {
				found = append(found, Taken{w, ""})
			} else if !scope.Owns(p) {
				found = append(found, Taken{w, p.String()})
			}
			break
		}
	}
	return found, nil
}

// conflicts reports whether both have the same port, and the same address or one of them all addresses.
func (l listener) conflicts(p Port) bool {
	if int(l.address.Port()) != p.Number {
		return false
	}
	address, err := netip.ParseAddr(p.Address)
	return err != nil || address.IsUnspecified() || l.address.Addr().IsUnspecified() || address == l.address.Addr()
}

// parseListeners reads /proc/net/tcp: local addresses are hexadecimal words in the host's byte order, state 0A is listening.
func parseListeners(content string) (all []listener) {
	for line := range strings.Lines(content) {
		fields := strings.Fields(line)
		if len(fields) < 10 || fields[3] != "0A" {
			continue
		}
		host, port, _ := strings.Cut(fields[1], ":")
		number, err := strconv.ParseUint(port, 16, 16)
		address, ok := parseAddress(host)
		if err == nil && ok {
			all = append(all, listener{netip.AddrPortFrom(address, uint16(number)), fields[9]})
		}
	}
	return all
}

func parseAddress(text string) (netip.Addr, bool) {
	words, err := hex.DecodeString(text)
	if err != nil || len(words)%4 != 0 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(words); i += 4 {
		binary.NativeEndian.PutUint32(words[i:], binary.BigEndian.Uint32(words[i:]))
	}
	address, ok := netip.AddrFromSlice(words)
	return address.Unmap(), ok
}

// holder returns the process that has the socket.
func holder(inode string, table map[int]teardown.Process) (teardown.Process, bool) {
	want := "socket:[" + inode + "]"
	for pid, p := range table {
		links, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "fd", "*")) // the pattern is valid
		for _, l := range links {
			if target, err := os.Readlink(l); err == nil && target == want {
				return p, true
			}
		}
	}
	return teardown.Process{}, false
}
