package host

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

const unitFile = "/etc/systemd/system/lotse.service"

// SystemdRuns reports whether systemd manages this host, as sd_booted(3) does.
func SystemdRuns() bool { return exists("/run/systemd/system") }

// unit runs the agent in lotse.slice, so that the slice exists before the kubelet needs it. Containers survive a restart of the agent
// (KillMode=process), and systemd leaves the cgroups below to them (Delegate).
func unit(d Data) File {
	return File{unitFile, 0o644, fmt.Appendf(nil, `[Unit]
Description=Lotse: the management cluster of this machine
Documentation=https://lotse.dev
After=network-online.target local-fs.target
Wants=network-online.target

[Service]
Slice=lotse.slice
ExecStart=%s
Restart=always
RestartSec=2
Delegate=yes
KillMode=process
TasksMax=infinity
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`, strings.Join(d.command(), " "))}
}

func startUnit(d Data) error {
	if err := unit(d).put(); err != nil {
		return err
	}
	if err := systemctl("daemon-reload"); err != nil {
		return err
	}
	return systemctl("enable", "--now", "lotse.service")
}

// stopUnit also removes the unit: after "lotse down" Lotse must not start with the host.
func stopUnit() error {
	if !SystemdRuns() || !exists(unitFile) {
		return nil
	}
	if err := systemctl("disable", "--now", "lotse.service"); err != nil {
		return err
	}
	if err := os.Remove(unitFile); err != nil {
		return fmt.Errorf("remove the unit: %w", err)
	}
	return systemctl("daemon-reload")
}

// stopSlice removes the slices and scopes of the Pods from systemd, after their processes have ended.
func stopSlice() error {
	if !SystemdRuns() {
		return nil
	}
	return systemctl("stop", "lotse.slice")
}

func systemctl(args ...string) error {
	if out, err := exec.Command("systemctl", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("systemctl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}
