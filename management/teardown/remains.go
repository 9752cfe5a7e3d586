package teardown

// Remains lists in words whatever of the installation is still in the kernel. Empty means: nothing.
func (s Scope) Remains() ([]string, error) {
	processes, err := s.Processes()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, p := range processes {
		found = append(found, p.String())
	}
	for _, look := range []struct {
		kind string
		list func() ([]string, error)
	}{
		{"mount", s.Mounts}, {"network link", s.NetworkLinks}, {"control group", s.ControlGroups}, {"packet filter table", s.FilterTables},
	} {
		names, err := look.list()
		if err != nil {
			return found, err
		}
		for _, n := range names {
			found = append(found, look.kind+" "+n)
		}
	}
	return found, nil
}
