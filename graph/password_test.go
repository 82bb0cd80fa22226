package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestPasswordChange(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		user := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Role: "operativo"})
		testdb.Exec(t, s.Pool, "update usuarios set updated_at = '2020-01-01Z'")

		payload := mustMutate(t, s, s.Token(t, user), changePasswordMutation, confirmed(testdb.Password, newPassword, newPassword))

		changed := stored(t, s, `select to_char(password_changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from usuarios where id = $1`, user.ID)
		if at, err := time.Parse(time.RFC3339, changed); err != nil || time.Since(at) > time.Minute {
			t.Errorf("changed at %s, %v", changed, err)
		}
		wantJSON(t, payload.User, fmt.Sprintf(`{"id": %q, "companyId": %q, "mustChangePassword": false, "passwordChangedAt": %q}`,
			user.ID, p.Company.ID, changed))
		wantJSON(t, me(t, s, *payload.Token, "{ passwordChangedAt }"), fmt.Sprintf(`{"passwordChangedAt": %q}`, changed))
		wantStored(t, s, user.ID.String(), "select string_agg(id::text, ' ') from usuarios where updated_at > now() - interval '1 minute'")

		hash := stored(t, s, "select password_hash from usuarios where id = $1", user.ID)
		if !strings.HasPrefix(hash, "$2a$04$") || bcrypt.CompareHashAndPassword([]byte(hash), []byte(newPassword)) != nil {
			t.Errorf("stored hash %s", hash)
		}
		mustMutate(t, s, "", loginMutation, credentials(user.Email, newPassword))
		wantRefusal(t, s, "", loginMutation, credentials(user.Email, testdb.Password), "INVALID_CREDENTIALS")
		mustMutate(t, s, "", loginMutation, credentials(p.Operator.Email, testdb.Password))
	})
}

func TestPasswordChangeIsRefused(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for name, c := range map[string]struct {
		variables object
		want      string
	}{
		"for a wrong current password":            {change("Wrong-Horse-1", newPassword), "WRONG_PASSWORD input.currentPassword"},
		"for a wrong one that equals the new one": {change("Wrong-Horse-1", "Wrong-Horse-1"), "WRONG_PASSWORD input.currentPassword"},
		"for the same password":                   {change(testdb.Password, testdb.Password), "SAME_PASSWORD input.newPassword"},
		"for a different confirmation":            {confirmed(testdb.Password, newPassword, newPassword+" "), "PASSWORD_MISMATCH input.newPasswordConfirmation"},
		"for a confirmation in another case":      {confirmed(testdb.Password, newPassword, strings.ToLower(newPassword)), "PASSWORD_MISMATCH input.newPasswordConfirmation"},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.People(t)
			before := rowsOf(t, s, p.Company.ID)
			token := s.Token(t, p.Admin)
			wantRefusal(t, s, token, changePasswordMutation, c.variables, c.want)
			if rowsOf(t, s, p.Company.ID) != before {
				t.Error("something was stored")
			}
			wantSignedIn(t, s, token)
		})
	}
	t.Run("not for a confirmation of null", func(t *testing.T) {
		mustMutate(t, s, s.Token(t, s.People(t).Admin), changePasswordMutation, confirmed(testdb.Password, newPassword, nil))
	})
}

// bcrypt ignores what follows the 72nd byte.
func TestNewPasswordMustDifferInTheFirst72Bytes(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	const long = "Nube-ñandú-7-río-çedro-Übung-€uro-lluvia-piña-Qx9-mañana-jardín-lluvioso" // more than 72 bytes
	hash, err := bcrypt.GenerateFromPassword([]byte(long[:72]), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	user := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, PasswordHash: string(hash)})
	mustMutate(t, s, "", loginMutation, credentials(user.Email, long))
	wantRefusal(t, s, s.Token(t, user), changePasswordMutation, change(long, long[:72]), "SAME_PASSWORD input.newPassword")
	mustMutate(t, s, s.Token(t, user), changePasswordMutation, change(long, long[:70]))
	wantRefusal(t, s, "", loginMutation, credentials(user.Email, long), "INVALID_CREDENTIALS")
}
