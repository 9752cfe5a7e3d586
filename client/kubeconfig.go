package client

import (
	"context"
	"encoding/json"
	"fmt"
)

// Kubeconfig fetches a cluster's kubeconfig: the user's, or the administrator's.
func (c *Client) Kubeconfig(ctx context.Context, group, cluster string, admin bool) ([]byte, error) {
	action := "/listClusterUserCredential"
	if admin {
		action = "/listClusterAdminCredential"
	}
	body, err := c.Post(ctx, c.ClusterPath(group, cluster)+action, nil)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Kubeconfigs []struct {
			Name  string `json:"name"`
			Value []byte `json:"value"`
		} `json:"kubeconfigs"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("the credentials of cluster %s are not valid JSON: %w", cluster, err)
	}
	if len(answer.Kubeconfigs) == 0 {
		return nil, fmt.Errorf("cluster %s has no credentials yet; wait for it with `lotse cluster wait -g %s -n %s`", cluster, group, cluster)
	}
	return answer.Kubeconfigs[0].Value, nil
}
