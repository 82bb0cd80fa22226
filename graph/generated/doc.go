// Package generated is what gqlgen makes of schema.graphqls and gqlgen.yml:
// the execution of each operation, with package lean in some places (see
// scripts/generate). Change those and run make generate.
package generated
