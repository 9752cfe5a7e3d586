package telemetry

var (
	requestSeconds = newHistogram("lotse_request_duration_seconds",
		"Requests that the front door answered, by how long they took. route is the path's template; code the HTTP status.",
		[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}, "route", "method", "code")
	requestsInFlight  = newGauge("lotse_requests_in_flight", "Requests that the front door is answering now.")
	requestsThrottled = newCounter("lotse_requests_throttled_total", "Requests that were answered 429 because the caller sent too many.", "route")
	logins            = newCounter("lotse_logins_total", "Requests for tokens, by grant type and by outcome: issued, refused or failed.",
		"grant", "outcome")

	operationSeconds = newHistogram("lotse_operation_duration_seconds",
		"Operations that ended, by how long they took. verb is what provisioningState showed, such as Creating; outcome Succeeded, Failed or Canceled.",
		[]float64{.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600}, "kind", "verb", "outcome")
	reconcileCalls = newHistogram("lotse_reconcile_api_requests",
		"Reconciles, by how many requests to Kubernetes APIs each sent. Reads from the cache are none.",
		[]float64{0, 1, 2, 5, 10, 20, 50, 100}, "controller")
	apiRequests = newCounter("lotse_api_requests_total",
		"Requests to Kubernetes APIs, of the management cluster and of hosted ones, by the controller that sent them; other is the front door, "+
			"caches and leader election.", "controller", "method", "code")

	clustersDesc = desc("lotse_clusters", "Managed clusters by provisioning state.", "provisioning_state")
	machinesDesc = desc("lotse_machines",
		"Machines by phase: Pending, Running (booted), Registered (a node, not ready), Ready, Stopped, Deleting.", "phase")
	operationsDesc = desc("lotse_operations_in_progress", "Operations that are not done.", "kind")
	oldestDesc     = desc("lotse_operations_oldest_age_seconds", "Age of the oldest operation that is not done; 0 if there is none.", "kind")
	healthDesc     = desc("lotse_control_plane_component_healthy",
		"Whether a component of a hosted control plane answers its probe, and for etcd also takes writes: 1 or 0.", "subscription", "resource_group", "cluster", "component")
	availabilityDesc = desc("lotse_control_plane_availability_ratio",
		"Part of the time since it first answered in which a hosted API server was ready (contract, A8): 0 to 1.",
		"subscription", "resource_group", "cluster")
	storeDesc = desc("lotse_control_plane_store_used_ratio",
		"Part of its quota that the data of a hosted etcd takes; from 0.8 on it is called filling up. Near 1 it refuses writes.",
		"subscription", "resource_group", "cluster")
	ownCertificatesDesc = desc("lotse_certificate_expiry_timestamp_seconds",
		"When one of Lotse's own certificates ends: front-door, or registry-client. Those of the management cluster's host are in lotse status.", "certificate")
	certificatesDesc = desc("lotse_control_plane_certificate_expiry_timestamp_seconds",
		"When the first certificate of a hosted control plane ends. certificate is component (renewed by itself, long before) or authority (rotate-certs).",
		"subscription", "resource_group", "cluster", "certificate")
)
