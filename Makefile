# Few targets; what they do is in scripts/.
.PHONY: help run test lint generate soak bench build clean
.DEFAULT_GOAL := help

help: ## Print this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: ## Run the server with demo data, after all set-up it needs; Ctrl-C ends it
	@scripts/run

test: ## Run everything that continuous integration runs; installs what it needs
	@scripts/test

lint: ## Check format, go vet, staticcheck, tidy modules and scripts
	@scripts/lint

generate: ## Generate code anew from schema.graphqls, queries/ and migrations/
	@scripts/generate

soak: ## Run faults under load for ten minutes, or: make soak DURATION=2m
	@scripts/soak $(DURATION)

bench: ## Measure beside other servers, in some 10 minutes; writes docs/performance.md
	@scripts/bench

build: ## Build the server with its playground into bin/profile-server
	@scripts/build-playground
	go build -trimpath -o bin/profile-server .

clean: ## Remove what was built and installed here, but not the demo data
	rm -rf bin playground/dist/assets playground/dist/*.gz
	find . -name node_modules -prune -exec rm -rf {} +
