// Package generated is what gqlgen makes of schema.graphqls and gqlgen.yml:
// the execution of each operation. Change those and run make generate.
package generated
