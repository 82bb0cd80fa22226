package account_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const (
	jwtKey = "test-key-test-key-test-key-test-key" // for tests only
	wrong  = "Wrong-Horse-1"
	// refusalDelay is longer than the database takes, so that a test can measure it.
	refusalDelay = 200 * time.Millisecond
)

var here = netip.MustParseAddr("192.0.2.1")

// probe records the work of a service and calls hooks of a test.
type probe struct {
	mu      sync.Mutex // guards work
	work    []string   // first lines of statements, and "compare" for each comparison
	results []account.SignInResult

	// now is the clock. By default it stands still, because a reset fails when it
	// takes too long.
	now            func() time.Time
	beforeHash     func(auth.Requester)   // before a password is compared or hashed
	afterCompare   func() error           // after a comparison, which fails with its error
	afterStatement func(statement string) // gets the first line of the statement
}

// fixture is a service with a probe and one user.
type fixture struct {
	*account.Service
	*probe
	pool *pgxpool.Pool
	user testdb.UserRow
}

func setup(t *testing.T) fixture { return setupCost(t, 4) }

// setupCost is setup with the bcrypt cost of the server; stored hashes have cost 4.
func setupCost(t *testing.T, cost int) fixture {
	t.Helper()
	start := time.Now()
	f := fixture{probe: &probe{
		now:        func() time.Time { return start },
		beforeHash: func(auth.Requester) {}, afterCompare: func() error { return nil }, afterStatement: func(string) {},
	}}
	cfg, err := pgxpool.ParseConfig(testdb.New(t, testdb.Own).URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg.ConnConfig.Tracer = tracer{f.probe}
	if f.pool, err = pgxpool.NewWithConfig(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.pool.Close)
	hasher, err := auth.NewHasher(cost)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return f.now() }
	signer, err := auth.NewSigner(auth.SignerConfig{Key: []byte(jwtKey), Lifetime: time.Hour, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	database := testdb.WithLongTimeouts(f.pool)
	f.Service = account.New(account.Config{
		DB: database, Hasher: probedHasher{hasher, f.probe}, Signer: signer, Throttle: throttle.New(database, now), Now: now,
		Refusals:     audit.NewRefusals(database, time.Hour),
		CountSignIn:  func(result account.SignInResult) { f.results = append(f.results, result) },
		RefusalDelay: refusalDelay,
	})
	f.user = testdb.User(t, f.pool, testdb.UserRow{CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID})
	return f
}

// tracer reports statements to a probe.
type tracer struct{ *probe }

type statementKey struct{}

func (tr tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	firstLine, _, _ := strings.Cut(q.SQL, "\n")
	tr.record(firstLine)
	return context.WithValue(ctx, statementKey{}, firstLine)
}

func (tr tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	tr.afterStatement(ctx.Value(statementKey{}).(string))
}

func (p *probe) record(work string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.work = append(p.work, work)
}

// probedHasher reports hashing to a probe.
type probedHasher struct {
	account.Hasher
	*probe
}

func (h probedHasher) Hash(ctx context.Context, r auth.Requester, password string) (string, error) {
	h.beforeHash(r)
	return h.Hasher.Hash(ctx, r, password)
}

func (h probedHasher) Matches(ctx context.Context, r auth.Requester, hash, password string) (bool, error) {
	h.record("compare")
	h.beforeHash(r)
	matches, err := h.Hasher.Matches(ctx, r, hash, password)
	return matches, errors.Join(err, h.afterCompare())
}

// setPasswordChangedAt stores a time relative to now, as the clock of another host
// may.
func (f fixture) setPasswordChangedAt(t *testing.T, ahead time.Duration) {
	t.Helper()
	testdb.Exec(t, f.pool, "update usuarios set password_changed_at = $2 where id = $1", f.user.ID, f.now().Add(ahead))
}

// signIn returns the error of a sign-in.
func (f fixture) signIn(ctx context.Context, password string) error {
	_, err := f.SignIn(ctx, f.user.Email, password, here)
	return err
}

// mustSignIn returns the session of a sign-in.
func (f fixture) mustSignIn(t *testing.T, password string) *account.Session {
	t.Helper()
	session, err := f.SignIn(t.Context(), f.user.Email, password, here)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func (f fixture) mustReset(t *testing.T) (password string) {
	t.Helper()
	_, password, err := f.ResetPassword(context.Background(), f.user.Email)
	if err != nil {
		t.Fatal(err)
	}
	return password
}

// change changes the password in a request of the principal.
func (f fixture) change(ctx context.Context, p *auth.Principal, current, next string) (*account.Session, error) {
	ctx = auth.WithCaller(ctx, func() (*auth.Principal, error) { return p, nil })
	return f.ChangePassword(ctx, p, account.PasswordChange{Current: current, New: next}, here)
}

func (f fixture) principal() *auth.Principal {
	return &auth.Principal{UserID: f.user.ID, CompanyID: f.user.CompanyID, Email: f.user.Email, CompanyName: "Casa"}
}

// changePassword returns the error of a password change of the user.
func (f fixture) changePassword(ctx context.Context, current string) error {
	_, err := f.change(ctx, f.principal(), current, "Battery-Staple-2")
	return err
}

// passwordChecks are the operations that check a password, by the kind of their
// audit entry, with the code for a wrong password.
var passwordChecks = map[string]struct {
	check func(f fixture, ctx context.Context, password string) error
	wrong apperr.UserErrorCode
}{
	"SIGN_IN_REFUSED":         {fixture.signIn, apperr.InvalidCredentials},
	"PASSWORD_CHANGE_REFUSED": {fixture.changePassword, apperr.WrongPassword},
}

// wantTokens checks that the tokens of sessions are accepted, or that they are
// rejected.
func (f fixture) wantTokens(t *testing.T, accepted bool, sessions ...*account.Session) {
	t.Helper()
	for i, session := range sessions {
		if _, err := f.Authenticate(t.Context(), session.Token); (err == nil) != accepted || err != nil && !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("token %d: got %v, want accepted: %t", i, err, accepted)
		}
	}
}

// wantEntries checks the audit entries of the user, oldest first: the kind, and the
// reason for which the password was not checked.
func (f fixture) wantEntries(t *testing.T, want ...string) {
	t.Helper()
	got := testdb.Values[string](t, f.pool, `select concat_ws(' ', kind, changes->0->>'field', changes->0->>'old', changes->0->>'new')
		from profile.audit_log where company_id = $1 and actor_id = $2 and actor_email = $3 order by id`, f.user.CompanyID, f.user.ID, f.user.Email)
	if !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
}

// wantFailures checks the highest failure count of all rate limits.
func (f fixture) wantFailures(t *testing.T, want int) {
	t.Helper()
	if most := testdb.Value[int](t, f.pool, "select coalesce(max(failures), 0) from profile.attempts"); most != want {
		t.Errorf("%d failures, want %d", most, want)
	}
}

func wantCode(t *testing.T, err error, want apperr.Code) {
	t.Helper()
	if apperr.CodeOf(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func wantUserError(t *testing.T, err error, want apperr.UserErrorCode) {
	t.Helper()
	if e, ok := errors.AsType[*apperr.UserError](err); !ok || e.Code != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// wantInvalidCredentials signs in and checks that it is refused.
func (f fixture) wantInvalidCredentials(t *testing.T, email, password string) {
	t.Helper()
	_, err := f.SignIn(t.Context(), email, password, here)
	wantUserError(t, err, apperr.InvalidCredentials)
}
