package throttle

import "time"

const (
	// freeFailures may follow each other without a wait.
	freeFailures = 5
	firstWait    = 30 * time.Second
	longestWait  = 15 * time.Minute
	// hourlyFailures bounds what all unknown addresses together may try on an
	// account, and all tokens of a user.
	hourlyFailures = 100
	// window is how long failures count against the next attempt.
	window = time.Hour
)

// count is what is known of one key.
type count struct {
	failures int
	since    time.Time // of the first failure that counts
	freeAt   time.Time // no attempt before
}

// rule says how a count goes on when an attempt is made. An attempt counts as a
// failure until it turns out to be a success, so that attempts made at the same
// time cannot slip past each other.
type rule func(c count, now time.Time) count

// doubling lets five failures pass and then asks for waits of 30 seconds,
// doubling up to 15 minutes. An hour after the last wait all is forgotten.
func doubling(c count, now time.Time) count {
	if now.Sub(c.freeAt) >= window {
		c = count{since: now}
	}
	c.failures++
	c.freeAt = now.Add(waitAfter(c.failures))
	return c
}

func waitAfter(failures int) time.Duration {
	if failures < freeFailures {
		return 0
	}
	doublings := min(failures-freeFailures, 10) // far beyond the longest wait
	return min(firstWait<<doublings, longestWait)
}

// hourly lets 100 failures pass in an hour and then asks to wait for its end.
func hourly(c count, now time.Time) count {
	if now.Sub(c.since) >= window {
		c = count{since: now}
	}
	c.failures++
	c.freeAt = now
	if c.failures >= hourlyFailures {
		c.freeAt = c.since.Add(window)
	}
	return c
}
