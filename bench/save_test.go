package main

import (
	"strings"
	"testing"
)

func TestSaveScriptContainsTheStatementsOfTheServer(t *testing.T) {
	t.Parallel()
	script, err := saveScript("../queries")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"begin;\n", "update public.empresas\n", "insert into profile.audit_log ", "commit;\n"} {
		if strings.Count(script, want) != 1 {
			t.Errorf("%q is not in the script exactly once:\n%s", want, script)
		}
	}
	if strings.ContainsAny(strings.ReplaceAll(script, "@example.com", ""), "@$") {
		t.Errorf("a parameter was not replaced:\n%s", script)
	}
}

func TestUnknownParameterIsAnError(t *testing.T) {
	t.Parallel()
	if text, err := forPgbench("select @id, @colour, sqlc.narg(taste), $1"); err == nil ||
		!strings.HasSuffix(err.Error(), "$1, @colour, sqlc.narg(taste)") {
		t.Errorf("%q, %v", text, err)
	}
}
