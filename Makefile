# scripts/ implements the targets.
.PHONY: help run check test test-postgres lint audit generate soak bench build image release clean
.DEFAULT_GOAL := help

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

run: ## Install what the server needs and run it with demo data; Ctrl-C stops it
	@scripts/run

check: ## Run the quick checks and tests, in one to two minutes
	@scripts/check

test: ## Install what the tests need and run everything that CI runs
	@scripts/test

test-postgres: ## Run the tests that use a database on PostgreSQL 13 to 18
	@scripts/test-postgres

lint: ## Run golangci-lint, and check modules and scripts
	@scripts/lint

audit: ## Look up known vulnerabilities of the Go modules and npm packages
	@scripts/audit

generate: ## Generate code from schema.graphqls, queries/ and migrations/
	@scripts/generate

soak: ## Inject faults under load for ten minutes, or: make soak DURATION=2m
	@scripts/soak $(DURATION)

bench: ## Benchmark this and other servers in about 10 minutes; writes docs/performance.md
	@scripts/bench

build: ## Build the server with its playground into bin/profile-server
	@scripts/build-playground
	CGO_ENABLED=0 go build -trimpath -o bin/profile-server .

image: ## Build the container image profile-server with docker, podman or buildah
	@scripts/image

release: ## Build the last commit for linux/amd64 and arm64 into bin/release, with checksums
	@scripts/release

clean: ## Remove build output and installed packages, but not the demo data
	rm -rf bin playground/dist/assets playground/dist/*.gz
	find . -name node_modules -prune -exec rm -rf {} +
