package limit

import (
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestSelectionsOfAnOperationAreLimited(t *testing.T) {
	const log, samples, nested = "auditLog{nodes{id}}", "samples{pageInfo{hasNextPage}}", "below another one"
	const login, change = `login(input:{email:"a@example.com",password:"p"}){token}`, `changePassword(input:{currentPassword:"p",newPassword:"Another-Horse-2"}){token}`
	d := newDocuments(loadSampleSchema(), Default())
	for name, c := range map[string]struct{ good, bad, says string }{
		"connections of different types": {
			"{" + samples + "me{company{" + log + "}}}", "{" + samples + "a:" + samples + "me{company{" + log + "}}}", "at most 2 connections"},
		"each use of a fragment": {
			"{me{...f ...f}} fragment f on User{company{" + log + "}}", "{me{...f ...f ...f}} fragment f on User{company{" + log + "}}", "at most 2 connections"},
		"each operation": {
			"query a{" + samples + samples + "} query b{" + samples + samples + "}", "query a{" + samples + "} query b{" + samples + samples + samples + "}", "at most 2 connections"},
		"an alias that is the name of a connection": {
			"{samples:me{id company{auditLog:id a:" + log + "b:" + log + "}}}", "{samples:me{id company{auditLog:id a:" + log + "b:" + log + "c:" + log + "}}}", "at most 2 connections"},
		"a union that includes a connection": {
			"{samplePage{...f}a:samplePage{...f}} fragment f on AuditConnection{nodes{id}}", "{samplePage{...f}a:samplePage{...f}b:samplePage{...f}} fragment f on AuditConnection{nodes{id}}", "at most 2 connections"},
		"a connection below another one": {
			"{samples{edges{node{company{id}}}}}", "{samples{edges{node{company{" + log + "}}}}}", nested},
		"a connection in a fragment below another one": {
			"{samples{edges{node{...f}}}} fragment f on User{company{id}}", "{samples{edges{node{...f}}}} fragment f on User{company{...{" + log + "}}}", nested},
		"a connection in a fragment that is also in another place": {
			"{me{...f} samples{edges{node{id}}}} fragment f on User{company{" + log + "}}", "{me{id} samples{edges{node{...f}}}} fragment f on User{company{" + log + "}}", nested},
		"__schema": {
			`{__schema{types{name}} __type(name:"User"){name}}`, "{__schema{types{name}} x:__schema{types{name}}}", "__schema at most 1 times"},
		"sign-in": {
			"mutation{" + login + change + "}", "mutation{" + login + "x:" + login + "}", "login at most 1 times"},
		"sign-in in fragments": {
			"mutation{...f} fragment f on Mutation{" + login + "}", "mutation{...f ...g} fragment f on Mutation{" + login + "} fragment g on Mutation{x:" + login + "}", "login at most 1 times"},
		"an alias that is the name of a limited field": {
			"mutation{login:" + change + "x:" + login + "}", "mutation{login:" + change + "x:" + login + "y:" + login + "}", "login at most 1 times"},
		"sign-in in each operation": {
			"mutation a{" + login + "} mutation b{" + login + "}", "mutation a{" + login + "} mutation b{" + login + "x:" + login + "}", "login at most 1 times"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, errs := d.check(c.good); errs != nil {
				t.Errorf("refused %s: %v", c.good, errs)
			}
			_, errs := d.check(c.bad)
			if len(errs) != 1 || apperr.CodeOf(errs[0]) != apperr.ComplexityLimitExceeded || !strings.Contains(errs[0].Message, c.says) {
				t.Errorf("for %s got %v, want COMPLEXITY_LIMIT_EXCEEDED with %q", c.bad, errs, c.says)
			}
		})
	}
}
