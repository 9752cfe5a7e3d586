package client

import "time"

// PowerSchedulePath is a cluster's power schedule.
func (c *Client) PowerSchedulePath(group, cluster string) string {
	return c.ClusterPath(group, cluster) + "/powerSchedules/default"
}

// PowerSchedule is a view of a power schedule.
type PowerSchedule struct {
	Properties struct {
		Enabled   bool       `json:"enabled"`
		TimeZone  string     `json:"timeZone"`
		UTCOffset string     `json:"utcOffset"`
		NextStop  *time.Time `json:"nextStop"`
		NextStart *time.Time `json:"nextStart"`
		Last      PowerEvent `json:"last"`
		Waiting   PowerEvent `json:"waiting"`
	} `json:"properties"`
}

// PowerEvent is one time of a schedule, and what became of it.
type PowerEvent struct {
	PowerState string     `json:"powerState"`
	At         *time.Time `json:"at"`
	Result     string     `json:"result"`
	Message    string     `json:"message"`
}
