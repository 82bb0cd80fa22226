package main

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// The signing key and the Fernet key of every candidate, for benchmarks only.
const (
	jwtKey    = "bench-key-bench-key-bench-key-bench-key"
	fernetKey = "YmVuY2gta2V5LWJlbmNoLWtleS1iZW5jaC1rZXktYmU="
)

// userCount is the number of different users that send requests.
const userCount = 1000

//go:embed fill.sql
var fillSQL string

// user is a signed-in user.
type user struct{ email, token string }

// database is a database of the private PostgreSQL.
type database struct {
	url   string
	users []user
}

// newDatabase creates a migrated database with the given number of companies and
// at least userCount users.
func (e *environment) newDatabase(ctx context.Context, companies int) (*database, error) {
	name := "bench_" + strconv.Itoa(companies)
	if err := e.execute(ctx, e.postgres.URL(), "create database "+name); err != nil {
		return nil, err
	}
	d := &database{url: e.postgres.DatabaseURL(name)}
	users := max(companies, userCount)
	if err := e.fill(ctx, d.url, companies, users); err != nil {
		return nil, fmt.Errorf("fill a database with %d companies: %w", companies, err)
	}
	var err error
	d.users, err = newUsers(users)
	return d, err
}

func (e *environment) fill(ctx context.Context, url string, companies, users int) error {
	pool, err := db.NewPool(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := db.Migrate(ctx, pool, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	settings, err := fillSettings(companies, users)
	if err != nil {
		return err
	}
	postgraphile, err := os.ReadFile("bench/postgraphile/schema.sql")
	if err != nil {
		return err
	}
	return pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		for name, value := range settings {
			if _, err := c.Exec(ctx, "select set_config($1, $2, false)", name, value); err != nil {
				return err
			}
		}
		for _, script := range []string{fillSQL, string(postgraphile), "vacuum (analyze)", "checkpoint"} {
			if _, err := c.Exec(ctx, script); err != nil {
				return err
			}
		}
		return nil
	})
}

// fillSettings returns the parameters of fill.sql, and disables its timeout.
func fillSettings(companies, users int) (map[string]string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte("Nobody-Guesses-1"), auth.DefaultCost)
	if err != nil {
		return nil, err
	}
	key, err := keyring.ParseKey(fernetKey)
	if err != nil {
		return nil, err
	}
	encrypted, err := keyring.NewRing(key).Encrypt("the-key-of-another-service")
	return map[string]string{
		"statement_timeout":   "0",
		"bench.companies":     strconv.Itoa(companies),
		"bench.users":         strconv.Itoa(users),
		"bench.password_hash": string(hash),
		"bench.encrypted_key": encrypted,
	}, err
}

// execute runs one statement on a separate connection.
func (e *environment) execute(ctx context.Context, url, sql string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = pool.Exec(ctx, sql)
	return err
}

// newUsers issues tokens for userCount users, spread evenly over all stored users.
func newUsers(stored int) ([]user, error) {
	signer, err := auth.NewSigner(auth.SignerConfig{Key: []byte(jwtKey), Lifetime: 24 * time.Hour, Now: time.Now})
	if err != nil {
		return nil, err
	}
	users := make([]user, userCount)
	for i := range users {
		n := 1 + i*(stored/userCount)
		u := user{email: fmt.Sprintf("user%06d@example.com", n)}
		u.token, err = signer.Issue(auth.Claims{
			UserID:    uuid.MustParse(fmt.Sprintf("00000000-0000-4000-9000-%012d", n)),
			CompanyID: uuid.MustParse(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)),
			Email:     u.email,
			Role:      auth.Admin,
		})
		if err != nil {
			return nil, err
		}
		users[i] = u
	}
	return users, nil
}
