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

// jwtKey is for tests only.
const jwtKey = "test-key-test-key-test-key-test-key"

// refusalDelay is longer than the database takes, so that a test can measure it.
const refusalDelay = 200 * time.Millisecond

// probe records the work of a service and calls hooks of a test.
type probe struct {
	mu         sync.Mutex // guards work and requesters
	work       []string   // first lines of statements, and "compare" for each comparison
	requesters []auth.Requester

	beforeHash     func()                 // before a password is compared or hashed
	afterCompare   func() error           // after a comparison, which fails with its error
	afterStatement func(statement string) // gets the first line of the statement
}

// fixture is a service with a probe.
type fixture struct {
	*account.Service
	*probe
	pool    *pgxpool.Pool
	results *[]account.SignInResult
}

func setup(t *testing.T, now func() time.Time) fixture { return setupCost(t, now, 4) }

// setupCost is setup with the bcrypt cost of the server; stored hashes have cost 4.
func setupCost(t *testing.T, now func() time.Time, cost int) fixture {
	t.Helper()
	f := fixture{results: &[]account.SignInResult{}, probe: &probe{
		beforeHash: func() {}, afterCompare: func() error { return nil }, afterStatement: func(string) {},
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
	hasher, err := auth.NewHasher(auth.HasherConfig{Cost: cost})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := auth.NewSigner(auth.SignerConfig{Key: []byte(jwtKey), Lifetime: time.Hour, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	database := testdb.WithLongTimeouts(f.pool)
	f.Service = account.New(account.Config{
		DB: database, Hasher: probedHasher{hasher, f.probe}, Signer: signer, Throttle: throttle.New(database, now), Now: now,
		Refusals:     audit.NewRefusals(database, time.Hour),
		CountSignIn:  func(result account.SignInResult) { *f.results = append(*f.results, result) },
		RefusalDelay: refusalDelay,
	})
	return f
}

// tracer reports statements to a probe.
type tracer struct{ *probe }

type statementKey struct{}

func (tr tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	firstLine, _, _ := strings.Cut(q.SQL, "\n")
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.work = append(tr.work, firstLine)
	return context.WithValue(ctx, statementKey{}, firstLine)
}

func (tr tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	tr.afterStatement(ctx.Value(statementKey{}).(string))
}

// probedHasher reports hashing to a probe.
type probedHasher struct {
	account.Hasher
	*probe
}

func (h probedHasher) Hash(ctx context.Context, r auth.Requester, password string) (string, error) {
	h.mu.Lock()
	h.requesters = append(h.requesters, r)
	h.mu.Unlock()
	h.beforeHash()
	return h.Hasher.Hash(ctx, r, password)
}

func (h probedHasher) Matches(ctx context.Context, r auth.Requester, hash, password string) (bool, error) {
	h.mu.Lock()
	h.work = append(h.work, "compare")
	h.requesters = append(h.requesters, r)
	h.mu.Unlock()
	h.beforeHash()
	matches, err := h.Hasher.Matches(ctx, r, hash, password)
	return matches, errors.Join(err, h.afterCompare())
}

// calledBy returns the context of a request that the principal makes.
func calledBy(ctx context.Context, p *auth.Principal) context.Context {
	return auth.WithCaller(ctx, func() (*auth.Principal, error) { return p, nil })
}

const wrong = "Wrong-Horse-1"

var here = netip.MustParseAddr("192.0.2.1")

// userFixture is a fixture with one user.
type userFixture struct {
	fixture
	user testdb.UserRow
	// now is a manual clock, because a reset fails when it takes too long on a slow
	// machine.
	now *time.Time
}

func setupUser(t *testing.T) userFixture { return setupUserCost(t, 4) }

func setupUserCost(t *testing.T, cost int) userFixture {
	t.Helper()
	now := new(time.Now())
	f := setupCost(t, func() time.Time { return *now }, cost)
	return userFixture{f, testdb.User(t, f.pool, testdb.UserRow{CompanyID: testdb.Company(t, f.pool, testdb.CompanyRow{}).ID}), now}
}

func (f userFixture) principal() *auth.Principal {
	return &auth.Principal{UserID: f.user.ID, CompanyID: f.user.CompanyID, Email: f.user.Email, CompanyName: "Casa"}
}

// setPasswordChangedAt stores a time relative to now, as the clock of another host
// may.
func (f userFixture) setPasswordChangedAt(t *testing.T, ahead time.Duration) {
	t.Helper()
	testdb.Exec(t, f.pool, "update usuarios set password_changed_at = $2 where id = $1", f.user.ID, f.now.Add(ahead))
}

// mustSignIn returns the session of a sign-in.
func (f userFixture) mustSignIn(t *testing.T, password string) *account.Session {
	t.Helper()
	session, err := f.SignIn(t.Context(), f.user.Email, password, here)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// wantValid checks that the token of a session is accepted.
func (f fixture) wantValid(t *testing.T, session *account.Session) {
	t.Helper()
	if _, err := f.Authenticate(t.Context(), session.Token); err != nil {
		t.Errorf("the token is rejected: %v", err)
	}
}

// wantRevoked checks that the token of a session is rejected.
func (f fixture) wantRevoked(t *testing.T, session *account.Session) {
	t.Helper()
	if _, err := f.Authenticate(t.Context(), session.Token); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("the token is not rejected: %v", err)
	}
}

// signIn returns the error of a sign-in.
func (f userFixture) signIn(ctx context.Context, password string) error {
	_, err := f.SignIn(ctx, f.user.Email, password, here)
	return err
}

// changePassword returns the error of a password change.
func (f userFixture) changePassword(ctx context.Context, current string) error {
	principal := f.principal()
	_, err := f.ChangePassword(calledBy(ctx, principal), principal, account.PasswordChange{Current: current, New: "Battery-Staple-2"}, here)
	return err
}

// wantEntries checks the audit entries of the user, oldest first: the kind, and the
// reason for which the password was not checked.
func (f userFixture) wantEntries(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	rows, err := f.pool.Query(t.Context(), `select concat_ws(' ', kind, changes->0->>'field', changes->0->>'old', changes->0->>'new')
		from profile.audit_log where company_id = $1 and actor_id = $2 and actor_email = $3 order by id`, f.user.CompanyID, f.user.ID, f.user.Email)
	if err == nil {
		got, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("entries %q, %v, want %q", got, err, want)
	}
}

// wantFailures checks the highest failure count of all rate limits.
func (f userFixture) wantFailures(t *testing.T, want int) {
	t.Helper()
	var most int
	if err := f.pool.QueryRow(t.Context(), "select coalesce(max(failures), 0) from profile.attempts").Scan(&most); err != nil || most != want {
		t.Errorf("%d failures, %v, want %d", most, err, want)
	}
}

// passwordChecks are the operations that check a password, by the kind of their
// audit entry, with the code for a wrong password.
var passwordChecks = map[string]struct {
	check func(f userFixture, ctx context.Context, password string) error
	wrong apperr.UserErrorCode
}{
	"SIGN_IN_REFUSED":         {userFixture.signIn, apperr.InvalidCredentials},
	"PASSWORD_CHANGE_REFUSED": {userFixture.changePassword, apperr.WrongPassword},
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
func wantInvalidCredentials(t *testing.T, f fixture, email, password string) {
	t.Helper()
	_, err := f.SignIn(t.Context(), email, password, here)
	wantUserError(t, err, apperr.InvalidCredentials)
}

func count(list []string, want string) (n int) {
	for _, s := range list {
		if s == want {
			n++
		}
	}
	return n
}

// awaitLock returns when a statement waits for a lock, or done has a result.
func awaitLock(t *testing.T, pool *pgxpool.Pool, done chan error) {
	t.Helper()
	for waiting := false; !waiting && len(done) == 0; time.Sleep(time.Millisecond) {
		err := pool.QueryRow(context.Background(), `select exists (select from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock')`).Scan(&waiting)
		if err != nil {
			t.Error(err)
			return
		}
	}
}
