package main

const fakeStatus = `{
  "time": "2026-11-23T12:00:00Z",
  "lotse": [{"name": "lotse-1", "ready": true, "restarts": 2, "message": "Running"}],
  "nodes": [{"name": "host", "ready": true, "trouble": []}],
  "clusters": [{
    "id": "/subscriptions/s/resourceGroups/web/providers/Microsoft.ContainerService/managedClusters/prod",
    "provisioningState": "Updating",
    "availability": {"ratio": 0.99925, "since": "2026-11-01T00:00:00Z"},
    "components": [{"name": "etcd", "healthy": true}, {"name": "kube-scheduler", "healthy": false, "message": "CrashLoopBackOff"}],
    "machines": {"Ready": 2, "Pending": 1},
    "certificateWarning": "the cluster's authorities end on 2027-01-01: rotate its certificates before"
  }],
  "operations": [{
    "id": "/subscriptions/s/resourceGroups/web/providers/Microsoft.ContainerService/managedClusters/prod",
    "operation": "mc.x", "verb": "Updating", "since": "2026-11-23T11:58:30Z", "waiting": "a machine", "percent": 40, "correlationId": "corr-1"
  }]
}`
