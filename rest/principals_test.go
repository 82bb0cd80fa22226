package rest_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Keys for tests only.
const (
	testKey    = "a-signing-key-for-tests-only-0123456789"
	foreignKey = "another-key-for-tests-only-0123456789-x"
)

func claimsOf(userID, email, role string) jwt.MapClaims {
	now := time.Now().Unix()
	return jwt.MapClaims{
		"sub":                   email,
		"user_id":               userID,
		"empresa_id":            companyID.String(),
		"rol":                   role,
		"es_superadmin":         false,
		"debe_cambiar_password": false,
		"iat":                   now - 1,
		"exp":                   now + 3600,
	}
}

// credentials returns the Authorization header of a principal of the recorded
// cases, "" for none.
func credentials(t *testing.T, principal string) string {
	t.Helper()
	now := time.Now().Unix()
	claims := claimsOf(adminID.String(), adminEmail, "admin")
	method, key := jwt.SigningMethod(jwt.SigningMethodHS256), any([]byte(testKey))
	switch principal {
	case "", "none":
		return ""
	case "garbage":
		return "Bearer not.a.token"
	case "empty_bearer":
		return "Bearer "
	case "admin", "not_bearer":
	case "operativo":
		claims = claimsOf(operatorID.String(), operatorEmail, "operativo")
	case "superadmin_operativo":
		claims = claimsOf(operatorID.String(), operatorEmail, "operativo")
		claims["es_superadmin"] = true
	case "deleted_user":
		claims["user_id"] = "0f0e0d0c-0000-4000-8000-00000000dead"
	case "admin_second_token":
		claims["iat"] = now - 600 // well before the password change, however late this test makes it
	case "admin_foreign_company":
		claims["empresa_id"] = "0f0e0d0c-0000-4000-8000-00000000c002"
	case "admin_bad_user_id":
		claims["user_id"] = "1 or 1=1"
	case "no_exp":
		delete(claims, "exp")
	case "expired":
		claims["iat"], claims["exp"] = now-7200, now-3600
	case "future_iat":
		claims["iat"] = now + 900
	case "bad_signature":
		key = []byte(foreignKey)
	case "alg_none":
		method, key = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType
	case "hs512":
		method = jwt.SigningMethodHS512
	default:
		t.Fatalf("no principal %q", principal)
	}
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	if principal == "not_bearer" {
		return "Token " + token
	}
	return "Bearer " + token
}
