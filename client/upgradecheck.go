package client

// UpgradeCheckPath is the action that checks an upgrade of a cluster and begins none.
func (c *Client) UpgradeCheckPath(group, cluster string) string {
	return c.ClusterPath(group, cluster) + "/checkUpgrade"
}

// UpgradeCheck is a view of what stands in the way of an upgrade.
type UpgradeCheck struct {
	KubernetesVersion string           `json:"kubernetesVersion"`
	Allowed           bool             `json:"allowed"`
	Findings          []UpgradeFinding `json:"findings"`
}

// UpgradeFinding blocks an upgrade, or warns of something.
type UpgradeFinding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Object   string `json:"object"`
	Message  string `json:"message"`
}
