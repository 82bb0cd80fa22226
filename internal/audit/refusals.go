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

// Refusals records refused accesses. The first refusal of a user and field is
// written at once. Those that follow within the window are counted in memory and
// written as one entry when the window ends, so that a client that repeats a
// refused request cannot fill the log. It is safe for concurrent use.
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

// refusalWindow begins with the first refusal of a user and field.
type refusalWindow struct {
	// writeFirst writes the entry of the first refusal, once.
	writeFirst func() error
	timer      *time.Timer // nil until that entry is written
	pending    int         // later refusals that are not written yet
	last       sqlc.AuditEntryCreateParams
}

// NewRefusals returns Refusals that count for the length of window.
func NewRefusals(d *db.DB, window time.Duration) *Refusals {
	return &Refusals{db: d, window: window, windows: make(map[refusedAccess]*refusalWindow)}
}

// Record records that a user was refused a field, such as "Company.auditLog",
// also when ctx has ended. When the entry of a first refusal cannot be written,
// everyone who was refused meanwhile gets the error, and the next refusal is a
// first one again.
func (r *Refusals) Record(ctx context.Context, user *auth.Principal, field string) error {
	entry, err := paramsOf(ctx, Entry{
		Kind: AccessRefused, CompanyID: user.CompanyID, ActorID: user.UserID, ActorEmail: user.Email,
		Changes: []Change{{Field: "field", New: &field}},
	})
	if err != nil {
		return err
	}
	access := refusedAccess{user.UserID, field}
	w, first := r.count(access, entry, func() error {
		return r.db.Queries().AuditEntryCreate(context.WithoutCancel(ctx), entry)
	})
	err = w.writeFirst()
	if first {
		r.begin(access, w, err)
	}
	return err
}

// count adds a refusal to its window, or opens one, in which it is the first.
func (r *Refusals) count(access refusedAccess, entry sqlc.AuditEntryCreateParams, write func() error) (w *refusalWindow, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.windows[access]; w != nil {
		w.pending++
		w.last = entry
		return w, false
	}
	w = &refusalWindow{writeFirst: sync.OnceValue(write)}
	r.windows[access] = w
	return w, true
}

// begin starts the time of a window, or drops a window whose first entry failed.
func (r *Refusals) begin(access refusedAccess, w *refusalWindow, failed error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if failed != nil {
		delete(r.windows, access)
		return
	}
	w.timer = time.AfterFunc(r.window, func() { r.end(access, w) })
}

// end writes what a window has counted and closes it. It stays open for another
// window when the write fails, or when more was refused meanwhile.
func (r *Refusals) end(access refusedAccess, w *refusalWindow) {
	r.mu.Lock()
	entry, counted := w.take(access.field)
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
		w.timer.Reset(r.window)
	} else {
		delete(r.windows, access)
	}
}

// Flush writes what is counted so far, in one transaction. What it cannot write
// is lost.
func (r *Refusals) Flush(ctx context.Context) error {
	var entries []sqlc.AuditEntryCreateParams
	r.mu.Lock()
	for access, w := range r.windows {
		if entry, counted := w.take(access.field); counted > 0 {
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

// take returns the entry of the pending refusals, whose address and request are
// those of the last one, and their number, and takes them as written. The caller
// holds the lock.
func (w *refusalWindow) take(field string) (entry sqlc.AuditEntryCreateParams, counted int) {
	entry, counted = w.last, w.pending
	w.pending = 0
	entry.Changes, _ = json.Marshal([]Change{ // of texts, so it cannot fail
		{Field: "field", New: &field},
		{Field: "count", New: new(strconv.Itoa(counted))},
	})
	return entry, counted
}
