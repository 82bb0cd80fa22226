// Command bare is a minimal handwritten handler with chi and pgx. It reads the same
// user with the same checks as the server, but has no limits, logs, metrics or
// request ids.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
)

func main() {
	pool, err := db.NewPool(context.Background(), os.Getenv("DATABASE_URL")) // with the server's pool settings
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Get("/api/perfil", profile(pool, newVerifier([]byte(os.Getenv("JWT_SECRET_KEY")))))
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN_ADDR"), r))
}

type response struct {
	OK   bool `json:"ok"`
	Data data `json:"data"`
}

type data struct {
	Email             string     `json:"email"`
	Role              string     `json:"rol"`
	CompanyID         string     `json:"empresa_id"`
	PasswordChangedAt *time.Time `json:"password_changed_at"`
}

func profile(pool *pgxpool.Pool, v verifier) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, err := v.user(r.Context(), pool, r.Header.Get("Authorization"))
		if err != nil {
			http.Error(w, `{"ok":false}`, http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(response{OK: true, Data: data{
			Email: user.email, Role: user.role, CompanyID: user.companyID.String(), PasswordChangedAt: user.passwordChangedAt,
		}})
	}
}
