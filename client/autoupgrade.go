package client

import "time"

// PlannedUpgrade is the next upgrade that a channel of a cluster leads to.
type PlannedUpgrade struct {
	Channel string     `json:"channel"`
	To      string     `json:"to,omitempty"`
	At      *time.Time `json:"at,omitempty"`
	Message string     `json:"message"`
}

// AutoUpgradeProfile has the channels of a cluster.
type AutoUpgradeProfile struct {
	UpgradeChannel       string `json:"upgradeChannel"`
	NodeOSUpgradeChannel string `json:"nodeOSUpgradeChannel"`
}

// ClusterExtension is what Lotse shows of a cluster beyond AKS, as far as the command line uses it.
type ClusterExtension struct {
	AutoUpgrade struct {
		Kubernetes *PlannedUpgrade `json:"kubernetes"`
		NodeImage  *PlannedUpgrade `json:"nodeImage"`
	} `json:"autoUpgrade"`
	AcknowledgedVersionGates []string `json:"acknowledgedVersionGates"`
}
