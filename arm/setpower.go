package arm

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/audit"
)

// PowerSchedule is the principal in the audit log of stops and starts that a power schedule asked for. Nobody can log in as it.
const PowerSchedule = "power-schedule"

// SetPower asks for the power state of a cluster in the name of its power schedule, as a person's request does: the subscription must be registered,
// no operation may be in progress, a start needs capacity, and the write is in the audit log. It returns why it is refused, or "".
func (s *Server) SetPower(ctx context.Context, c *v1alpha1.ManagedCluster, to v1alpha1.PowerState, correlationID string) (refused string, err error) {
	return s.asService(ctx, c, powerRecord(c, to, correlationID), func(ctx context.Context, announce func() error) error {
		return s.clusters.SetPower(ctx, c, to, correlationID, announce)
	})
}

// powerRecord is a line of the audit log, as of a request that stops or starts the cluster.
func powerRecord(c *v1alpha1.ManagedCluster, to v1alpha1.PowerState, correlationID string) audit.Record {
	verb := v1alpha1.Infinitive(v1alpha1.PowerVerb(to))
	return audit.Record{
		RequestID: uuid.NewString(), CorrelationID: correlationID, Principal: PowerSchedule, Name: "power schedule of cluster " + c.Spec.Name,
		Method: http.MethodPost, ResourceID: c.ID() + "/" + verb, Action: wire.ClusterType + "/" + verb + "/action",
	}
}
