package graph

import (
	"slices"
	"strconv"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

func fromAuditArguments(first int, after *string, kinds []model.AuditKind) (audit.Query, error) {
	query := audit.Query{First: first}
	if after != nil {
		id, err := strconv.ParseInt(*after, 10, 64)
		if err != nil || id < 1 {
			return query, apperr.New(apperr.BadUserInput, apperr.AfterNotACursor)
		}
		query.Before = id
	}
	if kinds != nil {
		query.Kinds = []audit.Kind{} // an empty list selects no entries, null selects all
	}
	for _, kind := range kinds {
		if !slices.Contains(query.Kinds, audit.Kind(kind)) { // a list in a variable may hold thousands
			query.Kinds = append(query.Kinds, audit.Kind(kind))
		}
	}
	return query, nil
}

func toAuditConnection(entries []audit.StoredEntry, more, notFirst bool) *model.AuditConnection {
	connection := &model.AuditConnection{
		Edges:    make([]model.AuditEdge, len(entries)),
		Nodes:    make([]model.AuditEntry, len(entries)),
		PageInfo: model.PageInfo{HasNextPage: more, HasPreviousPage: notFirst},
	}
	for i, entry := range entries {
		node := toAuditEntry(entry)
		connection.Nodes[i] = node
		connection.Edges[i] = model.AuditEdge{Cursor: node.ID, Node: node}
	}
	if len(entries) > 0 {
		connection.PageInfo.StartCursor = &connection.Edges[0].Cursor
		connection.PageInfo.EndCursor = &connection.Edges[len(entries)-1].Cursor
	}
	return connection
}

func toAuditEntry(e audit.StoredEntry) model.AuditEntry {
	node := model.AuditEntry{
		ID:        strconv.FormatInt(e.ID, 10),
		At:        scalar.NewDateTime(e.At),
		Kind:      model.AuditKind(e.Kind),
		Actor:     e.ActorEmail,
		RequestID: e.RequestID,
		Changes:   make([]model.AuditChange, len(e.Changes)),
	}
	if e.Address != nil {
		node.Address = new(e.Address.String())
	}
	for i, change := range e.Changes {
		node.Changes[i] = model.AuditChange{Field: change.Field, Old: change.Old, New: change.New}
	}
	return node
}
