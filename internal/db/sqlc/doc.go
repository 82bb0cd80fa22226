// Package sqlc is what sqlc makes of queries/, migrations/ and sqlc.yaml: a
// method for each query. Change those and run make generate.
package sqlc
