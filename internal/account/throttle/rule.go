package throttle

import "time"

const (
	// freeFailures is the number of failures before the first backoff.
	freeFailures   = 5
	initialBackoff = 30 * time.Second
	maxBackoff     = 15 * time.Minute
	// window is the time for which failures count.
	window = time.Hour
)

// counter is the stored state of one counter.
type counter struct {
	failures int
	since    time.Time // time of the first failure that counts
	freeAt   time.Time // earliest time of the next attempt
}

// rule limits the attempts of a counter. It is the number of failures that never cause a
// wait, even if the clock of another replica is ahead.
type rule int

const (
	// exponential allows five failures and then requires a backoff of 30 seconds,
	// doubling up to 15 minutes. It resets an hour after the last backoff.
	exponential rule = freeFailures
	// The others allow a number of failures in an hour and then block until its end:
	// hourly those of an account for all unknown addresses together, and of a user for
	// all tokens together; hourlyOfAddress those of an address for all accounts together.
	hourly          rule = 100
	hourlyOfAddress rule = 50
)

// count returns the counter after an attempt. An attempt counts as a failure until it
// succeeds, so that concurrent attempts cannot exceed the limit.
func (r rule) count(c counter, now time.Time) counter {
	start := c.since
	if r == exponential {
		start = c.freeAt
	}
	if now.Sub(start) >= window {
		c = counter{since: now}
	}
	c.failures++
	switch {
	case r == exponential:
		c.freeAt = now.Add(backoff(c.failures))
	case c.failures >= int(r):
		c.freeAt = c.since.Add(window)
	default:
		c.freeAt = now
	}
	return c
}

func backoff(failures int) time.Duration {
	if failures < freeFailures {
		return 0
	}
	doublings := min(failures-freeFailures, 10) // prevents overflow; 5 reach maxBackoff
	return min(initialBackoff<<doublings, maxBackoff)
}
