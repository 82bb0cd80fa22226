package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// StoredEntry is an entry of the audit log.
type StoredEntry struct {
	ID         int64
	At         time.Time
	Kind       Kind
	ActorEmail *string
	Address    *netip.Addr
	RequestID  string
	Changes    []Change
}

// Query selects entries.
type Query struct {
	First int // at least 1
	// Before is the id of an entry: Read returns only older ones. 0 means the
	// newest.
	Before int64
	Kinds  []Kind // nil for all
}

// Read returns a company's entries, newest first. more reports whether there are
// older ones.
func Read(ctx context.Context, q *sqlc.Queries, company uuid.UUID, query Query) (entries []StoredEntry, more bool, err error) {
	if query.Before == 0 {
		query.Before = math.MaxInt64
	}
	var kinds []string
	if query.Kinds != nil {
		kinds = make([]string, len(query.Kinds))
	}
	for i, kind := range query.Kinds {
		kinds[i] = string(kind)
	}
	rows, err := q.AuditEntriesByCompany(ctx, sqlc.AuditEntriesByCompanyParams{
		CompanyID: &company, Before: query.Before, Kinds: kinds, MaxRows: int32(query.First + 1),
	})
	if err != nil {
		return nil, false, err
	}
	if more = len(rows) > query.First; more {
		rows = rows[:query.First]
	}
	for _, row := range rows {
		entry := StoredEntry{ID: row.ID, At: row.At, Kind: Kind(row.Kind), ActorEmail: row.ActorEmail, Address: row.Address, RequestID: row.RequestID}
		if err := json.Unmarshal(row.Changes, &entry.Changes); err != nil {
			return nil, false, fmt.Errorf("audit entry %d: %w", row.ID, err)
		}
		entries = append(entries, entry)
	}
	return entries, more, nil
}
