package builder

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
)

// enoughMemory is from which amount of available memory on one program is linked while the next one is compiled. Linking kubernetes takes
// some 2 GiB, and as much again is for two compilers.
const enoughMemory = 6 << 30

// compilePrograms brings the programs up to date in this order. Only one at a time is compiled, because the compiler uses all processors and
// two would compile what they have in common twice. Linking uses one processor, so the next program begins meanwhile.
func (b *Builder) compilePrograms(ctx context.Context, names []string) {
	var running sync.WaitGroup
	defer running.Wait()
	for _, name := range names {
		compiled := make(chan struct{})
		next := sync.OnceFunc(func() { close(compiled) })
		running.Go(func() {
			defer next()
			b.programs[name].keep(b.program(ctx, name, func() {
				if availableMemory() >= enoughMemory {
					next()
				}
			}))
		})
		<-compiled
	}
}

// availableMemory in bytes; 0 if the kernel does not say.
func availableMemory() (bytes int64) {
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if rest, found := strings.CutPrefix(line, "MemAvailable:"); found {
			if _, err := fmt.Sscanf(rest, "%d kB", &bytes); err != nil {
				return 0
			}
		}
	}
	return bytes << 10
}
