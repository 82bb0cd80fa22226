package company

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// HourlyChecks is the number of checks that clients of a company may ask for in an
// hour, at all replicas together. The hour begins with the first of them.
const HourlyChecks = 120

// OperationVerifies is the number of saves with Verify in an operation that ask a
// provider. With the checks that an operation may select once, it ends before the write
// timeout of the server also when every provider hangs.
const OperationVerifies = 2

type verifiesKey struct{}

// WithOperation returns a context for one operation, whose saves share the limit
// OperationVerifies.
func WithOperation(ctx context.Context) context.Context {
	return context.WithValue(ctx, verifiesKey{}, new(atomic.Int32))
}

// mayVerify counts a save with Verify. It reports whether the limit of the operation, if
// ctx has one, allows a check.
func mayVerify(ctx context.Context) bool {
	verifies, ok := ctx.Value(verifiesKey{}).(*atomic.Int32)
	return !ok || verifies.Add(1) <= OperationVerifies
}

// Check is the result of a check of an API key.
type Check struct {
	connection.Check
	// SecretMissing reports that Smoobu rejected an API key that was sent without a
	// secret, which newer keys need.
	SecretMissing bool

	model *string
	// checked is the ciphertext of the stored API key that was checked, nil for a key
	// that the client sent.
	checked *string
}

// Skipped reports that the provider was not asked, because a limit was reached.
func (c *Check) Skipped() bool { return c.Status == connection.Unverifiable && c.Reason == "" }

func newCheck(result connection.Check, withSecret bool, provider string, model *string) *Check {
	return &Check{
		Check:         result,
		SecretMissing: result.Reason == connection.KeyRejected && strings.EqualFold(provider, connection.Smoobu) && !withSecret,
		model:         model,
	}
}

// ModelAvailable reports whether the chosen model is one of the models that the API key
// may use. It is nil when no model is chosen or the models are unknown, also when the
// list may have been cut before the chosen one.
func (c *Check) ModelAvailable() *bool {
	if db.ZeroIfNil(c.model) == "" || len(c.Models) == 0 {
		return nil
	}
	chosen := modelName(*c.model)
	available := slices.ContainsFunc(c.Models, func(m string) bool { return modelName(m) == chosen })
	if !available && len(c.Models) == connection.MaxModels {
		return nil
	}
	return &available
}

// modelName removes the prefix that LiteLLM, which the Python service uses, puts before
// the name of a model.
func modelName(name string) string {
	for _, prefix := range []string{"gemini/", "openai/", "anthropic/"} {
		if bare, ok := strings.CutPrefix(name, prefix); ok {
			return bare
		}
	}
	return name
}

// Test checks the given credentials or, for nil, the stored ones, whose result it keeps
// as the last check. model is the one that goes with given ones, nil for none. It adds an
// entry to the audit log. It returns the user errors NotApplicable, AccountIDRequired,
// NotConfigured and KeyNotDecryptable, an apperr.Error with the code RateLimited or
// Overloaded when a limit is reached, and db.ErrNotFound for an unknown company. When ctx
// ends during the check, nothing is stored.
func (s *Service) Test(ctx context.Context, id uuid.UUID, of Kind, given *connection.Credentials, model *string) (*Check, error) {
	var credentials connection.Credentials
	var row *integrationRow // nil for given credentials
	if given != nil {
		credentials = *given
		if err := checkApplicable(credentials, true); err != nil {
			return nil, err
		}
	} else {
		settings, err := s.Settings(ctx, id)
		if err != nil {
			return nil, err
		}
		row = new(settings.Integration(of).row)
		if credentials, err = s.reveal(*row); err != nil {
			return nil, err
		}
		model = row.model
	}
	check, err := s.check(ctx, id, credentials, model)
	if err != nil {
		return nil, err
	}
	return check, s.record(ctx, id, of, row, check)
}

// check asks the provider, within the limits of the company and the process. No
// database connection is held meanwhile. A check that was cancelled has no result.
func (s *Service) check(ctx context.Context, company uuid.UUID, c connection.Credentials, model *string) (*Check, error) {
	release, err := s.checker.Acquire(company)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := s.countCheck(ctx, company); err != nil {
		return nil, err
	}
	result := s.checker.Check(ctx, c)
	return newCheck(result, c.Secret != "", c.Provider, model), ctx.Err()
}

// countCheck returns an apperr.Error with the code RateLimited when the company has
// used its checks of the hour.
func (s *Service) countCheck(ctx context.Context, company uuid.UUID) error {
	count, err := s.db.Queries().ConnectionCheckCount(ctx, sqlc.ConnectionCheckCountParams{CompanyID: company, Most: HourlyChecks})
	if err != nil || count.Checks <= HourlyChecks {
		return err
	}
	return &apperr.Error{
		Code: apperr.RateLimited, Message: apperr.ChecksUsedUp,
		RetryAfter: time.Duration(count.SecondsLeft * float64(time.Second)),
	}
}

// verify is check for the API key that an integration will have, with an entry in the
// audit log. It does not ask the provider when the stored version already differs from
// expected. When a limit is reached, the result is a skipped check; it is nil when there
// is no key. It returns the check and an InvalidKey user error for an Invalid one.
func (s *Service) verify(ctx context.Context, id uuid.UUID, of Kind, change Change, expected *Version) (*Check, error) {
	settings, err := s.Settings(ctx, id)
	if err != nil {
		return nil, err
	}
	stored := settings.Integration(of)
	if err := checkVersion(stored.Version, expected); err != nil {
		return nil, err
	}
	row, err := s.changed(stored.row, change)
	if err != nil {
		return nil, err
	}
	credentials := connection.Credentials{Provider: change.Provider}
	if row.ciphertext != nil {
		if credentials, err = s.reveal(row); err != nil {
			return nil, apperr.NewUserError(apperr.KeyNotDecryptable, "input", "apiKey")
		}
	} else if change.Provider != defaultAIProvider {
		return nil, nil
	}
	skipped := newCheck(connection.Check{Status: connection.Unverifiable, At: s.now()}, credentials.Secret != "", credentials.Provider, row.model)
	if !mayVerify(ctx) {
		return skipped, nil
	}
	check, err := s.check(ctx, id, credentials, row.model)
	if code := apperr.CodeOf(err); err != nil && (code == apperr.RateLimited || code == apperr.Overloaded) {
		return skipped, nil
	}
	if err != nil {
		return nil, err
	}
	var keep *integrationRow
	if change.KeepKey {
		check.checked = row.ciphertext
		if check.Status == connection.Invalid { // no save follows that would keep it
			keep = &stored.row
		}
	}
	if err := s.record(ctx, id, of, keep, check); err != nil {
		return nil, err
	}
	if check.Status == connection.Invalid {
		return check, apperr.NewUserError(apperr.InvalidKey, "input", "apiKey")
	}
	return check, nil
}

// record writes the audit entry of a check. It keeps the check of a stored row as its
// last check; row is nil for others.
func (s *Service) record(ctx context.Context, id uuid.UUID, of Kind, row *integrationRow, check *Check) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if row != nil {
			if err := keepIfStored(ctx, q, id, of, *row, check); err != nil {
				return err
			}
		}
		changes := audit.Diff(nil, []audit.Field{
			{Name: "status", Value: new(string(check.Status))},
			{Name: "reason", Value: db.NilIfZero(string(check.Reason))},
		})
		return audit.Record(ctx, q, audit.Entry{Kind: kinds[of].tested, CompanyID: id, Changes: changes})
	})
}

// keepIfStored keeps the check of a row as the last check, unless the row has been
// replaced meanwhile.
func keepIfStored(ctx context.Context, q *sqlc.Queries, id uuid.UUID, of Kind, row integrationRow, check *Check) error {
	now, err := lock(ctx, q, id, of)
	if err != nil || !now.sameKey(row) {
		return err
	}
	return keep(ctx, q, id, of, row, check)
}

// keepVerified keeps the check of a save, which may be nil, as the last check of the
// saved row. A last check of the row before applies only while the key stays the same.
func keepVerified(ctx context.Context, q *sqlc.Queries, id uuid.UUID, of Kind, before, after integrationRow, check *Check) error {
	checked := check != nil && !check.Skipped() && (check.checked == nil || db.EqualValues(check.checked, after.ciphertext))
	switch {
	case after.ciphertext != nil && checked:
		return keep(ctx, q, id, of, after, check)
	case before.sameKey(after):
		return nil
	}
	return forgetCheck(ctx, q, id, of)
}

func forgetCheck(ctx context.Context, q *sqlc.Queries, id uuid.UUID, of Kind) error {
	return q.ConnectionCheckDelete(ctx, sqlc.ConnectionCheckDeleteParams{CompanyID: id, Integration: string(of)})
}

func keep(ctx context.Context, q *sqlc.Queries, id uuid.UUID, of Kind, row integrationRow, check *Check) error {
	return q.ConnectionCheckStore(ctx, sqlc.ConnectionCheckStoreParams{
		CompanyID: id, Integration: string(of), CiphertextSha256: ciphertextSHA256(*row.ciphertext), Provider: *row.provider,
		Status: string(check.Status), Reason: db.NilIfZero(string(check.Reason)),
		CheckedAt: check.At, DurationMs: int32(check.Duration.Milliseconds()),
		Account: db.NilIfZero(check.Account), Models: append([]string{}, check.Models...),
	})
}

// LastChecks are the last checks of the integrations of a company.
type LastChecks struct{ rows []sqlc.ConnectionChecksRow }

// LastChecks reads the last checks of the company of an integration.
func (s *Service) LastChecks(ctx context.Context, i Integration) (LastChecks, error) {
	rows, err := s.db.Queries().ConnectionChecks(ctx, i.company)
	return LastChecks{rows}, err
}

// Of returns the last check of the stored API key of an integration, nil for none.
func (l LastChecks) Of(i Integration) *Check {
	for _, row := range l.rows {
		if i.row.ciphertext == nil || Kind(row.Integration) != i.kind || row.Provider != i.Provider ||
			!bytes.Equal(row.CiphertextSha256, ciphertextSHA256(*i.row.ciphertext)) {
			continue
		}
		return newCheck(connection.Check{
			Status: connection.Status(row.Status), Reason: connection.Reason(db.ZeroIfNil(row.Reason)),
			At: row.CheckedAt, Duration: time.Duration(row.DurationMs) * time.Millisecond,
			Account: db.ZeroIfNil(row.Account), Models: row.Models,
		}, i.row.secret != nil, i.Provider, i.Model)
	}
	return nil
}
