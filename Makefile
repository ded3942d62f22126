# Voronka. `make` alone prints this help.

GO       ?= go
BIN      := bin
LINT     := $(BIN)/golangci-lint
LINT_AT  := v2.15.0
VULN     := $(BIN)/govulncheck
VULN_AT  := v1.8.0
STAT     := $(BIN)/benchstat
STAT_AT  := v0.0.0-20260908200009-22c9c6c9d4da
DATA     ?= .demo
LISTEN   ?= 127.0.0.1:8080

.DEFAULT_GOAL := help

.PHONY: help
help: ## Print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: demo
demo: web build ## Build, deploy the driving school, play a day of sales, and leave a server on http://127.0.0.1:8080
	@rm -rf $(DATA)
	$(BIN)/voronka demo --data $(DATA) --listen $(LISTEN)

.PHONY: test
test: web build vet lint test-go test-web ## Run every test: Go with the race detector, the pages, and the pages in a real Chromium where one is found

.PHONY: test-go
test-go:
	$(GO) test -race -timeout 15m ./...

.PHONY: test-web
test-web: web build
	cd web && npm run --silent types && npm test --silent && npm run --silent e2e

# The pages, built by npm when something in them is newer than what was built.
PAGES := $(shell find web/src web/public web/index.html web/vite.config.ts web/svelte.config.js web/tsconfig.json -type f 2>/dev/null)

.PHONY: web
web: web/dist/index.html ## Build the pages into web/dist

web/dist/index.html: web/node_modules/.package-lock.json $(PAGES)
	cd web && npm run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --silent

.PHONY: screenshots
screenshots: web build ## Make the README's pictures in a real Chromium
	cd web && npm run --silent screenshots

.PHONY: build
build: ## Build bin/voronka
	$(GO) build -trimpath -o $(BIN)/voronka ./cmd/voronka

.PHONY: vet
vet:
	$(GO) vet ./...

.PHONY: lint
lint: $(LINT) web/node_modules/.package-lock.json ## Run the linters, of Go and of the pages
	$(LINT) run ./...
	cd web && npm run --silent lint

$(LINT):
	GOBIN=$(abspath $(BIN)) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_AT)

GOVULNDB ?= https://vuln.go.dev
.PHONY: vulns
vulns: ## Look for known vulnerabilities in what the program calls, where their database can be reached
	@if curl -sfo /dev/null -m 20 $(GOVULNDB)/index/db.json.gz; then \
		$(MAKE) --no-print-directory $(VULN) && $(VULN) -db $(GOVULNDB) ./...; \
	else echo "govulncheck: skipped: $(GOVULNDB) can't be reached"; fi

$(VULN):
	GOBIN=$(abspath $(BIN)) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(VULN_AT)

# BENCH picks some; COUNT runs each so many times, which with all takes an hour; OLD is the bench.txt of an earlier run to be compared with.
BENCH ?= .
COUNT ?= 6
.PHONY: bench
bench: $(STAT) ## Run the Go benchmarks, and sum them up
	@mkdir -p $(BIN)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) -timeout 3h ./bpmn ./engine/... ./storage/... ./crm/... ./cmd/voronka/bench > $(BIN)/bench.txt || { cat $(BIN)/bench.txt; exit 1; }
	$(STAT) $(OLD) $(BIN)/bench.txt

$(STAT):
	GOBIN=$(abspath $(BIN)) $(GO) install golang.org/x/perf/cmd/benchstat@$(STAT_AT)

.PHONY: benchmarks
benchmarks: web build ## Measure everything beside the bare store, and write BENCHMARKS.md
	$(BIN)/voronka bench --report BENCHMARKS.md --cards 100000,1000000 --commit "$$(git describe --always --dirty)"

# Go's fuzzer sometimes takes the end of its time for a failure, of which there is then no input: golang/go#75804. That one is none.
FUZZ_TIME ?= 20s
.PHONY: fuzz
fuzz: ## Fuzz every fuzz target for FUZZ_TIME each, one on each processor
	@grep -ro --include='*_test.go' '^func Fuzz[A-Za-z]*' . | sed 's|/[^/]*:func | |' | sort | \
		xargs -P $$(getconf _NPROCESSORS_ONLN) -L 1 sh -c \
		'said=$$($(GO) test -run "^$$" -fuzz "^$$1\$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 10x -parallel 1 $$0 2>&1) && echo "$$1: $$(echo "$$said" | tail -n 1)" || { \
			echo "$$1: $$said"; echo "$$said" | grep -q "context deadline exceeded" && ! echo "$$said" | grep -q "Failing input"; }'

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(BIN) $(DATA) web/node_modules
