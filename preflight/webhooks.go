package preflight

// webhooks that can refuse what the new control plane and its nodes need. One that answers may let it pass, so it only warns.
func (f Facts) webhooks() (all []Finding) {
	if why := f.Cluster.Webhooks.Unknown; why != "" {
		return []Finding{unknown(Warns, "admission webhooks", why)}
	}
	const advice = "Narrow its rules, let its namespaceSelector leave out kube-system and kube-node-lease, or set its failurePolicy to Ignore"
	for _, w := range f.Cluster.Webhooks.Items {
		if w.Silent {
			all = append(all, finding(BlockingWebhook, Blocks, w.Object(), "The %s. Nothing answers for it: its Service %s has no ready Pod, so whatever it matches is "+
				"refused, and the upgrade would not end. Let its Pods run, or delete it. %s.", w.Obstacle, w.Service, advice))
			continue
		}
		all = append(all, finding(BlockingWebhook, Warns, w.Object(), "The %s: while it does not answer, as when its own Pods are drained, nodes cannot join or report. %s.",
			w.Obstacle, advice))
	}
	return all
}
