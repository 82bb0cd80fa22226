package audit

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Refusals records refused accesses. It writes the first refusal of a user and
// field at once, counts further ones within the window in memory, and writes them
// as one entry at the end of the window. So a client that repeats a refused request
// cannot fill the log. It is safe for concurrent use.
type Refusals struct {
	db     *db.DB
	window time.Duration

	mu      sync.Mutex
	windows map[refusedAccess]*refusalWindow
}

type refusedAccess struct {
	user  uuid.UUID
	field string
}

// refusalWindow starts with the first refusal of a user and field.
type refusalWindow struct {
	// writeFirst writes the entry of the first refusal, once.
	writeFirst func() error
	pending    int // later refusals that are not written
	last       sqlc.AuditEntryCreateParams
}

// RefusalWindow is the window of the server.
const RefusalWindow = time.Minute

// NewRefusals returns Refusals with the given length of a window.
func NewRefusals(d *db.DB, window time.Duration) *Refusals {
	return &Refusals{db: d, window: window, windows: make(map[refusedAccess]*refusalWindow)}
}

// Record records that access to a field, such as "Company.auditLog", was refused to
// a user, even if ctx has ended. When the entry of a first refusal cannot be
// written, every concurrent call for the same user and field returns the error, and
// the next refusal counts as the first.
func (r *Refusals) Record(ctx context.Context, user *auth.Principal, field string) error {
	entry, err := newParams(ctx, Entry{
		Kind: AccessRefused, CompanyID: user.CompanyID, ActorID: user.UserID, ActorEmail: user.Email,
		Changes: []Change{{Field: "field", New: &field}},
	})
	if err != nil {
		return err
	}
	access := refusedAccess{user.UserID, field}
	r.mu.Lock()
	w := r.windows[access]
	if w == nil {
		w = &refusalWindow{writeFirst: sync.OnceValue(func() error {
			err := r.db.Queries().AuditEntryCreate(context.WithoutCancel(ctx), entry)
			r.mu.Lock()
			defer r.mu.Unlock()
			if err != nil {
				delete(r.windows, access)
			} else {
				time.AfterFunc(r.window, func() { r.end(access, w) })
			}
			return err
		})}
		r.windows[access] = w
	} else {
		w.pending++
		w.last = entry
	}
	r.mu.Unlock()
	return w.writeFirst()
}

// end writes the pending refusals of a window and deletes it. It starts another window
// instead when the write fails or more refusals have been counted.
func (r *Refusals) end(access refusedAccess, w *refusalWindow) {
	r.mu.Lock()
	entry, counted := w.drain(access.field)
	r.mu.Unlock()
	var err error
	if counted > 0 {
		err = r.db.Queries().AuditEntryCreate(context.Background(), entry)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		w.pending += counted
	}
	if w.pending > 0 {
		time.AfterFunc(r.window, func() { r.end(access, w) })
	} else {
		delete(r.windows, access)
	}
}

// Flush writes all pending refusals in one transaction. When it fails, they are
// lost.
func (r *Refusals) Flush(ctx context.Context) error {
	var entries []sqlc.AuditEntryCreateParams
	r.mu.Lock()
	for access, w := range r.windows {
		if entry, counted := w.drain(access.field); counted > 0 {
			entries = append(entries, entry)
		}
	}
	r.mu.Unlock()
	if len(entries) == 0 {
		return nil
	}
	return r.db.InTx(ctx, func(q *sqlc.Queries) error {
		for _, entry := range entries {
			if err := q.AuditEntryCreate(ctx, entry); err != nil {
				return err
			}
		}
		return nil
	})
}

// drain returns the entry of the pending refusals and their number, and resets the
// number. The entry has the address and request of the last refusal. The caller
// holds the lock.
func (w *refusalWindow) drain(field string) (entry sqlc.AuditEntryCreateParams, counted int) {
	entry, counted = w.last, w.pending
	w.pending = 0
	entry.Changes, _ = json.Marshal([]Change{ // cannot fail for strings
		{Field: "field", New: &field},
		{Field: "count", New: new(strconv.Itoa(counted))},
	})
	return entry, counted
}
