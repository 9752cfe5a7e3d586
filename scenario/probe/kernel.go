package main

import (
	"errors"
	"os"
	"unsafe"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// markFileSystem asks for a report of every file that is opened on the file system of the machine's disk, which is the host's.
func markFileSystem() error {
	fd, err := unix.FanotifyInit(unix.FAN_CLASS_NOTIF, unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	dir := "/proc/1/root/var/lib/kubelet"
	if _, err := os.Stat(dir); err != nil {
		dir = "/" // on the host itself
	}
	return unix.FanotifyMark(fd, unix.FAN_MARK_ADD|unix.FAN_MARK_FILESYSTEM, unix.FAN_OPEN, unix.AT_FDCWD, dir)
}

// openNamespace takes the handle of its own network namespace: a process that may open one by its handle may open all.
func openNamespace() error {
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, "/proc/self/ns/net", unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return err
	}
	mount, err := unix.Open("/proc/self/ns/net", unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(mount)
	fd, err := unix.OpenByHandleAt(mount, handle, unix.O_RDONLY)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// sampleProcessors opens an event of a whole processor: it sees every process that runs there.
func sampleProcessors() error {
	attributes := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK}
	attributes.Size = uint32(unsafe.Sizeof(attributes))
	fd, err := unix.PerfEventOpen(&attributes, -1, 0, -1, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

func userFault() error {
	fd, _, e := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC, 0, 0)
	if e != 0 {
		return e
	}
	return unix.Close(int(fd))
}

// hostLinks asks for the links of the namespace at the other end of this machine's link, which is the host's.
func hostLinks() error {
	peer, err := peerNamespace()
	if err != nil {
		return err
	}
	return request(unix.RTM_GETLINK, unix.NLM_F_DUMP, nl.NewRtAttr(unix.IFLA_TARGET_NETNSID, nl.Uint32Attr(peer)))
}

// hostMacvlan puts a link on one of that namespace's, and removes it again. With its address such a link takes over what another has there.
func hostMacvlan() error {
	peer, err := peerNamespace()
	if err != nil {
		return err
	}
	kind := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
	kind.AddRtAttr(nl.IFLA_INFO_KIND, nl.NonZeroTerminated("macvlan"))
	name := nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated("story-way"))
	refused := errors.New("the host has no link that takes one")
	for link := uint32(2); link < 10; link++ {
		err := request(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL|unix.NLM_F_ACK, name, kind,
			nl.NewRtAttr(unix.IFLA_LINK, nl.Uint32Attr(link)), nl.NewRtAttr(unix.IFLA_LINK_NETNSID, nl.Uint32Attr(peer)))
		if err == nil {
			return request(unix.RTM_DELLINK, unix.NLM_F_ACK, name)
		}
		if errors.Is(err, unix.EPERM) {
			refused = err
		}
	}
	return refused
}

// peerNamespace is the number under which this namespace knows the one that a link of its leads to.
func peerNamespace() (uint32, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return 0, err
	}
	for _, l := range links {
		if l.Type() == "veth" && l.Attrs().NetNsID >= 0 {
			return uint32(l.Attrs().NetNsID), nil
		}
	}
	return 0, errors.New("no link of this machine leads to another namespace: nothing was tried")
}

func request(kind, flags int, attributes ...nl.NetlinkRequestData) error {
	r := nl.NewNetlinkRequest(kind, flags)
	r.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	for _, a := range attributes {
		r.AddData(a)
	}
	_, err := r.Execute(unix.NETLINK_ROUTE, 0)
	return err
}
