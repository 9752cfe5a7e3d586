package arm

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/audit"
	"lotse.dev/release"
)

// AutoUpgradePrincipal is the principal in the audit log of what the channels of clusters upgrade. Nobody can log in as it.
const AutoUpgradePrincipal = "auto-upgrade"

// AutoUpgrade upgrades the Kubernetes of a cluster and of some of its pools in the name of its channel, as a person's PUT does. It returns why it is refused,
// or "".
func (s *Server) AutoUpgrade(ctx context.Context, c *v1alpha1.ManagedCluster, to release.Version, pools map[string]release.Version,
	correlationID string) (refused string, err error) {
	record := autoUpgradeRecord(c, correlationID)
	record.Method, record.ResourceID, record.Action = http.MethodPut, c.ID(), wire.ClusterType+"/write"
	return s.asService(ctx, c, record, func(ctx context.Context, announce func() error) error {
		return s.clusters.AutoUpgrade(ctx, c, to, pools, correlationID, announce)
	})
}

// AutoUpgradeNodeImage brings a pool to the newest node image in the name of its cluster's channel, as a person's request does.
func (s *Server) AutoUpgradeNodeImage(ctx context.Context, c *v1alpha1.ManagedCluster, pool, correlationID string) (refused string, err error) {
	const verb = "upgradeNodeImageVersion"
	record := autoUpgradeRecord(c, correlationID)
	record.Method, record.Action = http.MethodPost, wire.PoolType+"/"+verb+"/action"
	record.ResourceID = v1alpha1.AgentPoolID(c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name, pool) + "/" + verb
	return s.asService(ctx, c, record, func(ctx context.Context, announce func() error) error {
		return s.clusters.AutoUpgradeNodeImage(ctx, c, pool, correlationID, announce)
	})
}

func autoUpgradeRecord(c *v1alpha1.ManagedCluster, correlationID string) audit.Record {
	return audit.Record{
		RequestID: uuid.NewString(), CorrelationID: correlationID, Principal: AutoUpgradePrincipal, Name: "automatic upgrade of cluster " + c.Spec.Name,
	}
}
