# Lotse: a managed Kubernetes service on your own machine. "make help" lists what there is.
SHELL := /bin/bash
GO    ?= go
OUT   := out
# FUZZTIME is for each of some twenty targets: a number of inputs, and not a duration, whose end go1.26 may call a failure (golang.org/issue/75804).
# What a target finds stands under its testdata/fuzz; keep it, it is tested ever after.
FUZZTIME ?= 50000x

# The programs and tools of Debian that building and running need: the package, and a file that shows it is installed.
PACKAGES := debootstrap:/usr/sbin/debootstrap nftables:/usr/sbin/nft iproute2:/usr/bin/ip kmod:/usr/bin/kmod \
            gcc:/usr/bin/gcc libc6-dev:/usr/include/stdio.h libseccomp-dev:/usr/include/seccomp.h ca-certificates:/etc/ssl/certs/ca-certificates.crt

# What tests leave behind: times, closing lines, and what needed a rerun.
RESULTS   := $(CURDIR)/$(OUT)/test
GOTESTSUM := $(CURDIR)/$(OUT)/tools/gotestsum

export KUBEBUILDER_ASSETS := $(CURDIR)/$(OUT)/bin
# The compiler's cache serves programs and tests alike only if they are compiled with the same flags (images/builder).
export CGO_ENABLED := 0
export GOFLAGS := -trimpath -buildvcs=false -gcflags=all=-dwarf=false

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: up
up: images ## Install what is missing, build, start Lotse, create the cluster "demo" and show how to use it
	@$(OUT)/bin/lotse up
	@$(OUT)/bin/lotse demo

# The stories upgrade from one further version; each costs minutes where nothing is compiled yet. What else is built is tested too.
test: RELEASES := 1.36
.PHONY: test
test: images releases $(GOTESTSUM) ## Run every test; starts Lotse for the stories if it is not up, and ends what it started
	@rm -rf $(RESULTS) $(OUT)/flaky.txt; mkdir -p $(RESULTS); code=0; \
	for part in check unit fuzz scenarios; do \
	  began=$$SECONDS; $(MAKE) --no-print-directory $$part || code=1; \
	  echo "$$part took $$((SECONDS - began)) s" >>$(RESULTS)/parts.txt; [ $$code = 0 ] || break; \
	done; GOTESTSUM=$(GOTESTSUM) tools/summary $(OUT); exit $$code

.PHONY: down
down: ## Stop everything, keep the data
	@$(if $(wildcard $(OUT)/bin/lotse),$(OUT)/bin/lotse down,echo "nothing was built here, so nothing runs from here")

.PHONY: purge
purge: lotse ## Stop everything and leave nothing behind
	@$(OUT)/bin/lotse purge
	@rm -rf $(OUT)

.PHONY: bench
bench: images ## Measure Lotse against unmodified Kubernetes started by hand; writes docs/benchmarks.md
	@$(GO) run ./bench

.PHONY: images
images: prerequisites ## Build all programs and images whose inputs changed, into out/
	@$(GO) run ./images/build -out $(OUT)

# Minors of Kubernetes that are built only when they are asked for (images/manifest).
RELEASES := 1.36 1.35

.PHONY: releases
releases: prerequisites ## Build the further versions of Kubernetes, which "lotse release add" makes available
	@for minor in $(RELEASES); do $(GO) run ./images/build -out $(OUT) -release $$minor || exit 1; done

.PHONY: lotse
lotse:
	@mkdir -p $(OUT)/bin
	@test -x $(OUT)/bin/lotse || $(GO) build -trimpath -o $(OUT)/bin/lotse ./cmd/lotse

.PHONY: prerequisites
prerequisites:
	@missing=""; for p in $(PACKAGES); do [ -e "$${p#*:}" ] || missing="$$missing $${p%%:*}"; done; \
	if [ -n "$$missing" ]; then \
	  echo "installing$$missing"; \
	  command -v apt-get >/dev/null || { echo "this system has no apt-get: install$$missing yourself, then run make again" >&2; exit 1; }; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

.PHONY: check
check: ## Formatting and vet
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	@$(GO) vet ./...

# Modules of their own that have tests.
MODULES = $(shell for dir in $$(git ls-files '*/go.mod' | xargs -n1 dirname); do [ -z "$$(git ls-files "$$dir/*_test.go")" ] || echo $$dir; done)

.PHONY: unit
unit: $(GOTESTSUM) ## Unit and controller tests (the latter against a real API server)
	@set -o pipefail; mkdir -p $(RESULTS); \
	$(GOTESTSUM) --format standard-quiet --jsonfile-timing-events $(RESULTS)/unit.json -- \
	  $$($(GO) list ./... | grep -v '^lotse.dev/scenario') | tee $(RESULTS)/unit.log
	@set -o pipefail; for module in $(MODULES); do \
	  (cd $$module && $(GOTESTSUM) --format standard-quiet --jsonfile-timing-events $(RESULTS)/unit-$$(basename $$module).json -- ./...) | \
	    tee $(RESULTS)/unit-$$(basename $$module).log || exit 1; \
	done

.PHONY: cover
cover: ## Coverage of the decisions and other pure code; fails below 90 % of lines in any file
	@$(GO) run -C tools ./cover

$(GOTESTSUM): tools/go.mod tools/go.sum
	@$(GO) build -C tools -o $@ gotest.tools/gotestsum

.PHONY: race
race: prerequisites ## Unit tests under the race detector, which takes several times as long; not part of make test
	@CGO_ENABLED=1 $(GO) test -race -timeout 30m $$($(GO) list ./... | grep -v '^lotse.dev/scenario$$')

.PHONY: fuzz
fuzz: ## Send anything to everything that reads requests, for FUZZTIME each; GUIDED=1 follows coverage, and compiles for minutes
	@set -e; mkdir -p $(RESULTS); count=0; all=$$SECONDS; \
	for dir in $$(git ls-files '*_test.go' | grep -v '^images/components/' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u); do \
	  $(GO) test -c $(if $(GUIDED),-fuzz .) -o $(RESULTS)/fuzz.test ./$$dir; \
	  for target in $$(grep -ho '^func Fuzz[A-Za-z]*' $$dir/*_test.go | cut -c6-); do \
	    began=$$SECONDS; \
	    (cd $$dir && $(RESULTS)/fuzz.test -test.run '^$$' -test.fuzz "^$$target\$$" -test.fuzztime $(FUZZTIME) \
	      -test.fuzzcachedir $(CURDIR)/$(OUT)/fuzz) >$(RESULTS)/fuzz.out 2>&1 || { cat $(RESULTS)/fuzz.out; exit 1; }; \
	    echo "ok  	$$target in $$dir	$$((SECONDS - began))s"; count=$$((count + 1)); \
	  done; \
	done; rm -f $(RESULTS)/fuzz.out $(RESULTS)/fuzz.test; \
	echo "DONE $$count fuzz targets in $$((SECONDS - all))s" | tee $(RESULTS)/fuzz.log

.PHONY: scenarios
scenarios: $(GOTESTSUM) ## The stories that drive the real thing; one that fails is run once more by itself
	@set -o pipefail; mkdir -p $(RESULTS); scenario/run | tee $(RESULTS)/scenarios.log

.PHONY: soak
soak: images ## Kill and stop random parts of a running Lotse: SEED= (printed, repeatable) and KILLS= (200)
	@SOAK_SEED=$(or $(SEED),$(shell date +%s)) SOAK_KILLS=$(or $(KILLS),200) scenario/run -run '^TestSoak$$' -v -p 1 -timeout 3h # one package at a time: go test then shows what happens as it happens

.PHONY: generate
generate: ## Regenerate deep copies and CustomResourceDefinitions
	@$(GO) generate ./...

.PHONY: align
align: ## Give every module of the programs the same versions; run it after changing a go.mod
	@$(GO) run ./images/align

.PHONY: lint
lint: ## golangci-lint, by its configuration in .golangci.yml
	@$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run
