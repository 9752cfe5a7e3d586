package teardown

// Leftovers describes everything of the installation that is still in the kernel.
func (s Scope) Leftovers() ([]string, error) {
	processes, err := s.Processes()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, p := range processes {
		found = append(found, p.String())
	}
	for _, search := range []struct {
		kind string
		list func() ([]string, error)
	}{
		{"mount", s.Mounts}, {"network link", s.NetworkLinks}, {"cgroup", s.CgroupDirs}, {"packet filter table", s.FilterTables},
	} {
		names, err := search.list()
		if err != nil {
			return found, err
		}
		for _, n := range names {
			found = append(found, search.kind+" "+n)
		}
	}
	return found, nil
}
