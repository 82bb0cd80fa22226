// Package auth answers who makes a request. It issues and verifies the tokens,
// hashes the passwords and carries the principal in the context; tokens and
// hashes are those of the Python service on the same database.
package auth
