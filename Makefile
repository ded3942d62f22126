# Voronka. `make` alone prints this help.

GO       ?= go
BIN      := bin
LINT     := $(BIN)/golangci-lint
LINT_AT  := v2.15.0
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
	cd web && npm run --silent check && npm test --silent && npm run --silent e2e

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
lint: $(LINT) ## Run the linter
	$(LINT) run ./...

$(LINT):
	GOBIN=$(abspath $(BIN)) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_AT)

.PHONY: bench
bench: ## Run the benchmarks; a figure that matters is a ratio to the bare store in the same run
	$(GO) test -run '^$$' -bench . -benchmem ./bpmn ./engine/... ./storage/... ./crm/...

FUZZ_TIME ?= 20s
.PHONY: fuzz
fuzz: ## Fuzz every fuzz target for FUZZ_TIME each
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ_TIME) $$pkg || exit 1; \
		done; \
	done

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(BIN) $(DATA) web/node_modules
