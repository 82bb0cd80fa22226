// Package auth identifies the user who makes a request. It issues and verifies
// tokens, hashes passwords and carries the principal in the context. The Python
// service on the same database uses the same tokens and hashes.
package auth
