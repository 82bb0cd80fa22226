package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const (
	savesPerAdmin       = 200
	connectionsPerAdmin = 4
)

// save is one that was acknowledged. Those of an admin are numbered from 1.
type save struct{ started, ended time.Time }

// seen is what a request was shown of both keys: the number of the save that
// each came from, 0 for none.
type seen struct {
	from                   time.Time // when the request began
	apartment, lateCheckIn int
}

// saver saves one key again and again, on several connections.
type saver struct {
	mutation string
	input    func(number int) object
	next     atomic.Int32
	mu       sync.Mutex
	saves    map[int]save
	seen     []seen
}

func (a *saver) run(t *testing.T, s *testserver.Server, token string) {
	for {
		number := int(a.next.Add(1))
		if number > savesPerAdmin {
			return
		}
		started := time.Now()
		payload := mutate(t, s, token, a.mutation, object{"input": a.input(number)})
		ended := time.Now()
		a.mu.Lock()
		a.saves[number] = save{started, ended}
		a.seen = append(a.seen, readSeen(t, payload.Company, started))
		a.mu.Unlock()
	}
}

// The number of a save hides in its value: as a column, or as the minutes of a
// time of day before the 20:00 of a company that saved none.
func apartmentInput(number int) object { return object{"externalId": number, "name": 0} }
func lateCheckInInput(number int) object {
	return object{"cutoff": fmt.Sprintf("%02d:%02d", number/60, number%60)}
}

func readSeen(t *testing.T, company json.RawMessage, from time.Time) seen {
	var shown struct {
		ApartmentColumns struct{ ExternalID int }
		LateCheckIn      struct{ Cutoff string }
	}
	if err := json.Unmarshal(company, &shown); err != nil {
		t.Error(err)
	}
	cutoff, err := time.Parse("15:04", shown.LateCheckIn.Cutoff)
	if err != nil {
		t.Error(err)
	}
	number := cutoff.Hour()*60 + cutoff.Minute()
	if number > savesPerAdmin {
		number = 0
	}
	return seen{from: from, apartment: shown.ApartmentColumns.ExternalID, lateCheckIn: number}
}

// undone tells whether a request was shown too old a save: one that another
// save followed and replaced before the request began.
func undone(saves map[int]save, shown int, from time.Time) bool {
	for _, later := range saves {
		if later.started.After(saves[shown].ended) && later.ended.Before(from) {
			return true
		}
	}
	return false
}

func TestTwoAdminsWhoSaveBothKeysAtTheSameTimeLoseNothing(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	s.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 2 * connectionsPerAdmin
	p := s.People(t)
	second := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID})
	execute(t, s, `update empresas set configuracion = '{"foreign": {"kept": [1, null]}}'`)
	apartments := &saver{mutation: saveApartmentMutation, input: apartmentInput, saves: map[int]save{}}
	lateCheckIns := &saver{mutation: saveLateCheckInMutation, input: lateCheckInInput, saves: map[int]save{}}

	var group sync.WaitGroup
	for range connectionsPerAdmin {
		group.Go(func() { apartments.run(t, s, s.Token(t, p.Admin)) })
		group.Go(func() { lateCheckIns.run(t, s, s.Token(t, second)) })
	}
	group.Wait()

	if len(apartments.saves) != savesPerAdmin || len(lateCheckIns.saves) != savesPerAdmin {
		t.Fatalf("%d and %d saves", len(apartments.saves), len(lateCheckIns.saves))
	}
	end := readSeen(t, companyOf(t, s, s.Token(t, second), configurationFragment), time.Now())
	for _, o := range slices.Concat(apartments.seen, lateCheckIns.seen, []seen{end}) {
		if undone(apartments.saves, o.apartment, o.from) || undone(lateCheckIns.saves, o.lateCheckIn, o.from) {
			t.Errorf("a save was lost: shown %+v", o)
		}
	}
	wantStoredJSON(t, s, `{"kept": [1, null]}`, "select (configuracion->'foreign')::text from empresas where id = $1", p.Company.ID)
}
