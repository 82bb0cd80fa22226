package throttle_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const email = "someone@example.com"

var (
	here  = netip.MustParseAddr("192.0.2.1")
	there = netip.MustParseAddr("192.0.2.2")
)

// fixture is a throttle with one account.
type fixture struct {
	*throttle.Throttle
	*testtime.Clock
	account throttle.Account
	db      *db.DB
	pool    *pgxpool.Pool
}

func setup(t *testing.T) *fixture {
	t.Parallel()
	clock := testtime.NewClock(time.Unix(1_800_000_000, 0))
	pool := testdb.New(t, testdb.Own).Pool
	database := testdb.WithLongTimeouts(pool)
	return &fixture{throttle.New(database, clock.Now), clock, throttle.Account{Email: email, ID: uuid.New()}, database, pool}
}

// otherAccount and otherAddress return one of many.
func otherAccount(n int) throttle.Account {
	return throttle.Account{Email: fmt.Sprintf("account-%d@example.com", n)}
}
func otherAddress(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("198.51.100.%d", n)) }

// sameNetwork returns one of many addresses of an IPv6 network.
func sameNetwork(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n+1)) }

// wantWait makes a failed sign-in and checks its wait in seconds, 0 for none.
func (f *fixture) wantWait(t *testing.T, account throttle.Account, from netip.Addr, want float64) {
	t.Helper()
	_, err := f.SignIn(t.Context(), account, from)
	if got := seconds(t, err); got != want {
		t.Fatalf("the sign-in waits %v s, want %v", got, want)
	}
}

// wantChangeWait is wantWait for a password change with a wrong current password.
func (f *fixture) wantChangeWait(t *testing.T, user uuid.UUID, token byte, from netip.Addr, want float64) {
	t.Helper()
	_, err := f.ChangePassword(t.Context(), user, [32]byte{token}, from)
	if got := seconds(t, err); got != want {
		t.Fatalf("the change with token %d waits %v s, want %v", token, got, want)
	}
}

func seconds(t *testing.T, err error) float64 {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := errors.AsType[*apperr.Error](err)
	if !ok || e.Code != apperr.RateLimited || e.RetryAfter <= 0 {
		t.Fatalf("error: %v", err)
	}
	return e.RetryAfter.Seconds()
}

// succeed makes a successful sign-in.
func (f *fixture) succeed(t *testing.T, from netip.Addr) {
	t.Helper()
	attempt, err := f.SignIn(t.Context(), f.account, from)
	if err != nil {
		t.Fatal(err)
	}
	err = f.db.InTx(t.Context(), func(q *sqlc.Queries) error {
		return errors.Join(attempt.Succeeded(t.Context(), q), throttle.RememberAddress(t.Context(), q, f.account.ID, from, f.Now()))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) wantKnown(t *testing.T, from netip.Addr, want bool) {
	t.Helper()
	attempt, err := f.SignIn(t.Context(), f.account, from)
	if err != nil {
		t.Fatal(err)
	}
	if err := attempt.Refund(t.Context()); err != nil || attempt.Known != want {
		t.Errorf("%s is known: %t, %v", from, attempt.Known, err)
	}
}
