package settings

import (
	"fmt"
	"path"
	"strings"

	"lotse.dev/machine/boot"
)

// containerd's configuration. All releases of containerd 2 read version 3.
func containerd(m boot.Machine, facts Facts) string {
	oomScore := -999
	if !facts.SysResource {
		oomScore = 0
	}
	var b strings.Builder
	fmt.Fprintf(&b, `version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
oom_score = %d

[grpc]
  address = %q

[debug]
  level = "warn"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  # How much a container has written: a limit on it is noticed a minute late at most.
  stats_collect_period = 60

  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = %q

  [plugins."io.containerd.cri.v1.images".registry]
    config_path = %q

[plugins."io.containerd.cri.v1.runtime"]
  # Without CAP_SYS_RESOURCE a lower score is refused, and no pod would start.
  restrict_oom_score_adj = %t
  # Only the host's root loads AppArmor profiles.
  disable_apparmor = %t
  # By default each shim is asked each second what its containers use, for a figure that the kubelet takes from elsewhere.
  stats_collect_period = "24h"
  stats_retention_period = "48h"

  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"

    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        BinaryName = "runc"
        SystemdCgroup = false

  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
`, oomScore, ContainerdSocket, m.PauseImage, RegistryHosts, !facts.SysResource, facts.UserNamespace)
	return b.String()
}

// Registry configures in containerd the endpoint of Lotse's registry, and the machine's token for it if it has one. Other registries have no file and
// are resolved as usual. containerd reads these files at each pull.
func Registry(r boot.Registry, token string) []File {
	if r.Name == "" {
		return nil
	}
	dir := path.Join(RegistryHosts, r.Name)
	ca := path.Join(dir, "ca.crt")
	header := ""
	if token != "" {
		header = fmt.Sprintf("  Authorization = %q\n", "Bearer "+token)
	}
	return []File{
		{ca, 0o644, r.CA},
		// server is the endpoint too: otherwise containerd would fall back to the name, which no resolver knows.
		{path.Join(dir, "hosts.toml"), 0o600, fmt.Sprintf(`server = %[1]q
ca = %[2]q
capabilities = ["pull", "resolve"]

[header]
%[3]s
[host.%[1]q]
  capabilities = ["pull", "resolve"]
  ca = %[2]q

[host.%[1]q.header]
%[3]s`, r.Endpoint, ca, header)},
	}
}
