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

// The keys of every candidate; for measuring only.
const (
	jwtKey    = "bench-key-bench-key-bench-key-bench-key"
	fernetKey = "YmVuY2gta2V5LWJlbmNoLWtleS1iZW5jaC1rZXktYmU="
)

// signedIn is how many different users make the requests.
const signedIn = 1000

//go:embed fill.sql
var fillSQL string

// person is a signed-in user.
type person struct{ email, token string }

// database is one of the private PostgreSQL's.
type database struct {
	url    string
	people []person
}

// newDatabase makes a migrated one with so many companies, and at least
// signedIn users.
func (s *stage) newDatabase(ctx context.Context, companies int) (*database, error) {
	name := "bench_" + strconv.Itoa(companies)
	if err := s.execute(ctx, s.postgres.URL(), "create database "+name); err != nil {
		return nil, err
	}
	d := &database{url: s.postgres.DatabaseURL(name)}
	users := max(companies, signedIn)
	if err := s.fill(ctx, d.url, companies, users); err != nil {
		return nil, fmt.Errorf("fill a database with %d companies: %w", companies, err)
	}
	var err error
	d.people, err = signIn(users)
	return d, err
}

func (s *stage) fill(ctx context.Context, url string, companies, users int) error {
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

// fillSettings are the parameters of fill.sql, and the time that it may take.
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

// execute runs one statement on a connection of its own.
func (s *stage) execute(ctx context.Context, url, sql string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = pool.Exec(ctx, sql)
	return err
}

// signIn signs tokens of signedIn users, spread evenly over all of them.
func signIn(users int) ([]person, error) {
	signer, err := auth.NewSigner(auth.SignerConfig{Key: []byte(jwtKey), Lifetime: 24 * time.Hour, Now: time.Now})
	if err != nil {
		return nil, err
	}
	people := make([]person, signedIn)
	for i := range people {
		n := 1 + i*(users/signedIn)
		p := person{email: fmt.Sprintf("user%06d@example.com", n)}
		p.token, err = signer.Issue(auth.Claims{
			UserID:    uuid.MustParse(fmt.Sprintf("00000000-0000-4000-9000-%012d", n)),
			CompanyID: uuid.MustParse(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)),
			Email:     p.email,
			Role:      auth.Admin,
		})
		if err != nil {
			return nil, err
		}
		people[i] = p
	}
	return people, nil
}
