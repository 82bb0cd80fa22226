package graph

import (
	"slices"
	"testing"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/audit"
)

func TestTheDatabaseIsAskedForEachKindOnce(t *testing.T) {
	kinds := slices.Repeat([]model.AuditKind{model.AuditKindSignedIn, model.AuditKindPasswordChanged}, 2000)
	query, err := fromAuditArguments(1, nil, kinds)
	if err != nil || !slices.Equal(query.Kinds, []audit.Kind{audit.SignedIn, audit.PasswordChanged}) {
		t.Errorf("got %d kinds, %v", len(query.Kinds), err)
	}
}
