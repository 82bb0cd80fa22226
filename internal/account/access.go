package account

import (
	"context"
	"sync"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// RequireAdmin is the one check of who may do what only administrators may.
// The field is what is asked for, such as "Company.auditLog". An operator is
// refused with the code Forbidden, which is written to the audit log, also when
// nobody waits for the answer any more; a request without a principal with what
// auth.RequirePrincipal says.
func (s *Service) RequireAdmin(ctx context.Context, field string) error {
	user, err := auth.RequirePrincipal(ctx)
	if err != nil || user.IsAdmin() {
		return err
	}
	err = oncePerRequest(ctx, field, func() error {
		return audit.Record(context.WithoutCancel(ctx), s.db.Queries(), audit.Entry{
			Kind:      audit.AccessRefused,
			CompanyID: user.CompanyID,
			Changes:   []audit.Change{{Field: "field", New: &field}},
		})
	})
	if err != nil {
		return err
	}
	return problem.New(problem.Forbidden, "Only an administrator of the company may do this.")
}

// denials are the fields that a request was denied, with what became of the
// entry of each.
type denials struct {
	mu     sync.Mutex
	fields map[string]func() error
}

type denialsKey struct{}

// WithDenials returns the context of a request in which RequireAdmin writes one
// entry for each field, however often the field is asked for, also at the same
// time.
func WithDenials(ctx context.Context) context.Context {
	return context.WithValue(ctx, denialsKey{}, &denials{})
}

// oncePerRequest returns what the only call of write for a field returns. In a
// context without denials every call counts.
func oncePerRequest(ctx context.Context, field string, write func() error) error {
	r, ok := ctx.Value(denialsKey{}).(*denials)
	if !ok {
		return write()
	}
	return r.once(field, write)()
}

func (r *denials) once(field string, write func() error) func() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fields == nil {
		r.fields = make(map[string]func() error) // few requests are denied anything
	}
	if r.fields[field] == nil {
		r.fields[field] = sync.OnceValue(write)
	}
	return r.fields[field]
}
