package graph_test

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// connection is what both integrations show, and the account id of the PMS.
type connection struct {
	Configured, Decryptable              bool
	KeyFingerprint, UpdatedBy, AccountID *string
	UpdatedAt                            *time.Time
	Version                              string
	LastCheck                            *shownCheck
}

const connectionsFragment = `
	fragment connections on Company { integrations { pms { ...pms accountId } ai { ...ai } } }
	fragment pms on PmsIntegration { configured decryptable keyFingerprint updatedBy updatedAt version lastCheck { ...check } }
	fragment ai on AiIntegration { configured decryptable keyFingerprint updatedBy updatedAt version lastCheck { ...check } }` + checkFragment

func connections(t testing.TB, s *testserver.Server, token string) (pms, ai connection) {
	t.Helper()
	var company struct{ Integrations struct{ Pms, Ai connection } }
	if err := json.Unmarshal(companyOf(t, s, token, connectionsFragment), &company); err != nil {
		t.Fatal(err)
	}
	return company.Integrations.Pms, company.Integrations.Ai
}

func setBoth(t testing.TB, s *testserver.Server, token, pmsKey, aiKey string) {
	t.Helper()
	mustMutate(t, s, token, setPmsMutation, inputOf(object{"provider": "SMOOBU", "apiKey": pmsKey}))
	mustMutate(t, s, token, setAiMutation, inputOf(object{"provider": "OPENAI", "apiKey": aiKey}))
}

func TestFingerprintIdentifiesAKeyWithinItsCompany(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	admin, other := s.Token(t, p.Admin), s.Token(t, p.OtherAdmin)
	fingerprints := func(token, pmsKey, aiKey string) (pms, ai string) {
		t.Helper()
		setBoth(t, s, token, pmsKey, aiKey)
		shownPms, shownAi := connections(t, s, token)
		for _, shown := range []connection{shownPms, shownAi} {
			if !regexp.MustCompile(`^[0-9a-f]{8}$`).MatchString(orDash(shown.KeyFingerprint)) || !shown.Decryptable {
				t.Errorf("key shown as %+v", shown)
			}
		}
		return *shownPms.KeyFingerprint, *shownAi.KeyFingerprint
	}
	pms, ai := fingerprints(admin, "same", "same")
	if pms != ai {
		t.Errorf("one key has the fingerprints %s and %s", pms, ai)
	}
	if another, _ := fingerprints(admin, "another", "same"); another == pms {
		t.Error("two keys have the same fingerprint")
	}
	if again, _ := fingerprints(admin, "same", "same"); again != pms {
		t.Errorf("the same key has %s, before %s", again, pms)
	}
	if theirs, _ := fingerprints(other, "same", "same"); theirs == pms {
		t.Error("two companies with the same key have the same fingerprint")
	}
}

func TestKeyIsShownAsDecryptableOrNot(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	foreign, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	undecryptable, err := keyring.NewRing(foreign).Encrypt("k")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		pms, ai                              any // ciphertexts
		configured, decryptable, fingerprint bool
	}{
		{nil, "", false, true, false},
		{undecryptable, "not a ciphertext", true, false, false},
		{encrypt(t, s, "k"), encrypt(t, s, "l"), true, true, true},
	} {
		testdb.Exec(t, s.Pool, "delete from configuracion_pms; delete from configuracion_ia")
		testdb.Exec(t, s.Pool, insertPms+"'smoobu', $2, true)", p.Company.ID, c.pms)
		testdb.Exec(t, s.Pool, insertAi+"'openai', $2, null, true)", p.Company.ID, c.ai)
		pms, ai := connections(t, s, token)
		for _, shown := range []connection{pms, ai} {
			if shown.Configured != c.configured || shown.Decryptable != c.decryptable || (shown.KeyFingerprint != nil) != c.fingerprint {
				t.Errorf("%v and %v: shown as %+v", c.pms, c.ai, shown)
			}
		}
	}
}

func TestUndecryptableKeyCanBeKeptReplacedOrRemoved(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	testdb.Exec(t, s.Pool, insertPms+"'smoobu', 'undecryptable', true)", p.Company.ID)
	testdb.Exec(t, s.Pool, insertAi+"'openai', 'undecryptable', null, true)", p.Company.ID)
	mustMutate(t, s, token, setPmsMutation, inputOf(object{"provider": "SMOOBU", "apiKey": "undecryptable"}))
	mustMutate(t, s, token, setAiMutation, inputOf(object{"provider": "OPENAI"}))
	mustMutate(t, s, token, setAiMutation, inputOf(object{"provider": "OPENAI", "model": "m"}))
	wantStored(t, s, "undecryptable", storedAiKey, p.Company.ID)
	mustMutate(t, s, token, removeAiMutation, nil)
	pms, _ := connections(t, s, token)
	wantEntries(t, auditLog(t, s, token), "PMS_INTEGRATION_SET apiKey unreadable>"+orDash(pms.KeyFingerprint), "AI_INTEGRATION_SET model ->m",
		"AI_INTEGRATION_REMOVED provider openai>- model m>- apiKey unreadable>-")
}

func TestUpdatedByIsTheLastActorOrNullAfterThePythonService(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		colleague := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID})
		want := func(who string) {
			t.Helper()
			pms, ai := connections(t, s, s.Token(t, p.Operator))
			if orDash(pms.UpdatedBy) != who || orDash(ai.UpdatedBy) != who {
				t.Errorf("updated by %s and %s, want %s", orDash(pms.UpdatedBy), orDash(ai.UpdatedBy), who)
			}
			if pms.UpdatedAt == nil || ai.UpdatedAt == nil {
				t.Error("no updatedAt")
			}
		}
		insertIntegrations(t, s, p.Company.ID)
		want("-")
		setBoth(t, s, s.Token(t, colleague), "k2", "k2")
		want(colleague.Email)
		setBoth(t, s, s.Token(t, p.Admin), "k2", "k2") // changes nothing
		want(colleague.Email)
		setBoth(t, s, s.Token(t, p.OtherAdmin), "k3", "k3")
		want(colleague.Email)
		for _, table := range []string{"configuracion_pms", "configuracion_ia"} {
			testdb.Exec(t, s.Pool, "update "+table+" set activo = activo, updated_at = now() where empresa_id = $1", p.Company.ID)
		}
		want("-")
		setBoth(t, s, s.Token(t, p.Admin), "k4", "k4")
		want(p.Admin.Email)
		testdb.Exec(t, s.Pool, "delete from usuarios where id = $1", p.Admin.ID)
		want(p.Admin.Email)
		for _, table := range []string{"configuracion_pms", "configuracion_ia"} {
			testdb.Exec(t, s.Pool, "delete from "+table+" where empresa_id = $1", p.Company.ID)
		}
		testdb.Exec(t, s.Pool, insertPms+"'smoobu', null, true)", p.Company.ID)
		testdb.Exec(t, s.Pool, insertAi+"'openai', null, null, true)", p.Company.ID)
		want("-")
	})
}
