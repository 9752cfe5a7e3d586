package cgroup

import (
	"reflect"
	"testing"
)

func TestHierarchies(t *testing.T) {
	for sentence, c := range map[string]struct {
		text        string
		want        []hierarchy
		controllers bool
	}{
		"each v1 controller is mounted by its name": {
			"4:memory:/pod/x\n1:cpu:/\n0::/\n",
			[]hierarchy{{name: "memory", options: "memory", path: "/pod/x"}, {name: "cpu", options: "cpu", path: "/"}}, true,
		},
		"controllers that share a hierarchy are mounted together and found by either name": {
			"3:cpu,cpuacct:/pod\n",
			[]hierarchy{{name: "cpu,cpuacct", options: "cpu,cpuacct", aliases: []string{"cpu", "cpuacct"}, path: "/pod"}}, true,
		},
		"systemd's named hierarchy beside v2 is a v2 system": {
			"1:name=systemd:/\n0::/pod\n",
			[]hierarchy{{name: "systemd", options: "none,name=systemd", path: "/"}}, false,
		},
		"a v2 system has no hierarchies": {"0::/pod\n", nil, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := hierarchies(c.text)
			if !reflect.DeepEqual(got, c.want) || hasControllers(got) != c.controllers {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestEnable(t *testing.T) {
	if got := enable("cpuset cpu memory pids\n"); got != "+cpuset +cpu +memory +pids" {
		t.Error(got)
	}
}

func TestDirectories(t *testing.T) {
	for sentence, c := range map[string]struct {
		text string
		want []string
	}{
		"version 1 has one in each hierarchy":                         {"4:memory:/pod/x\n3:cpu,cpuacct:/pod/x\n1:name=systemd:/pod\n0::/\n", []string{"memory/pod/x", "cpu,cpuacct/pod/x", "systemd/pod"}},
		"version 2 has one":                                           {"0::/lotse.slice/pod\n", []string{"/lotse.slice/pod"}},
		"version 2 beside a named hierarchy has the one of version 2": {"1:name=systemd:/x\n0::/pod\n", []string{"/pod"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := directories(c.text); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%q", got)
			}
		})
	}
}
