package connection

import (
	"sync"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	maxPerCompany = 2
	maxPerProcess = 20
)

// slots counts the running checks.
type slots struct {
	mu        sync.Mutex
	total     int
	companies map[uuid.UUID]int
}

func newSlots() slots { return slots{companies: make(map[uuid.UUID]int)} }

// Acquire takes a slot for a check of a company. release gives it back; further calls
// of release do nothing. Acquire returns an apperr.Error with the code OVERLOADED when
// 2 checks of the company or 20 of the process are running.
func (c *Checker) Acquire(company uuid.UUID) (release func(), err error) {
	s := &c.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total == maxPerProcess || s.companies[company] == maxPerCompany {
		return nil, apperr.New(apperr.Overloaded, apperr.TooManyChecks)
	}
	s.total++
	s.companies[company]++
	return sync.OnceFunc(func() { s.release(company) }), nil
}

func (s *slots) release(company uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.companies[company]--; s.companies[company] == 0 {
		delete(s.companies, company)
	}
}
