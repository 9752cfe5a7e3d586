package arm

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/middleware"
	"lotse.dev/audit"
	"lotse.dev/telemetry"
)

// PowerSchedule is the principal in the audit log of stops and starts that a power schedule asked for. Nobody can log in as it.
const PowerSchedule = "power-schedule"

// SetPower asks for the power state of a cluster in the name of its power schedule, as a person's request does: the subscription must be registered,
// no operation may be in progress, a start needs capacity, and the write is in the audit log. It returns why it is refused, or "".
func (s *Server) SetPower(ctx context.Context, c *v1alpha1.ManagedCluster, to v1alpha1.PowerState, correlationID string) (refused string, err error) {
	err = s.setPower(telemetry.WithCorrelationID(ctx, correlationID), c, to, correlationID)
	if err == nil || apierrors.IsConflict(err) { // after a conflict it is decided again
		return "", err
	}
	if e := fault.Of(err); e.Status() < http.StatusInternalServerError {
		return e.Message, nil
	}
	return "", err
}

func (s *Server) setPower(ctx context.Context, c *v1alpha1.ManagedCluster, to v1alpha1.PowerState, correlationID string) error {
	sub := &v1alpha1.Subscription{}
	if err := s.options.Client.Get(ctx, client.ObjectKey{Name: c.Spec.SubscriptionID}, sub); err != nil {
		return err
	}
	if err := middleware.Writable(sub); err != nil {
		return err
	}
	began := s.options.Clock.Now()
	record := powerRecord(c, to, correlationID)
	announced := false
	err := s.clusters.SetPower(ctx, c, to, correlationID, func() error {
		record.Time, record.Stage, announced = began.UTC(), audit.Received, true
		return s.options.Audit.Append(record)
	})
	if announced {
		s.answered(ctx, record, began, err)
	}
	return err
}

// powerRecord is a line of the audit log, as of a request that stops or starts the cluster.
func powerRecord(c *v1alpha1.ManagedCluster, to v1alpha1.PowerState, correlationID string) audit.Record {
	verb := v1alpha1.Infinitive(v1alpha1.PowerVerb(to))
	return audit.Record{
		RequestID: uuid.NewString(), CorrelationID: correlationID, Principal: PowerSchedule, Name: "power schedule of cluster " + c.Spec.Name,
		Method: http.MethodPost, ResourceID: c.ID() + "/" + verb, Action: wire.ClusterType + "/" + verb + "/action",
	}
}

// answered writes the line of what became of a write that was announced.
func (s *Server) answered(ctx context.Context, record audit.Record, began time.Time, err error) {
	now := s.options.Clock.Now()
	record.Time, record.Stage, record.Status, record.Took = now.UTC(), audit.Answered, http.StatusAccepted, now.Sub(began).Milliseconds()
	if err != nil {
		e := fault.Of(err)
		record.Status, record.Code = e.Status(), e.Detail().Code
	}
	if err := s.options.Audit.Append(record); err != nil {
		middleware.Lost(ctx, s.log, record, err)
	}
}
