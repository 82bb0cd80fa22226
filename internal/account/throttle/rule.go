package throttle

import "time"

const (
	// freeFailures is the number of failures before the first backoff.
	freeFailures   = 5
	initialBackoff = 30 * time.Second
	maxBackoff     = 15 * time.Minute
	// hourlyFailures is the limit of an account for all unknown addresses
	// together, and of a user for all tokens together.
	hourlyFailures = 100
	// hourlyAddressFailures is the limit of an address for all accounts together.
	hourlyAddressFailures = 50
	// window is the time for which failures count.
	window = time.Hour
)

// counter is the stored state of one counter.
type counter struct {
	failures int
	since    time.Time // time of the first failure that counts
	freeAt   time.Time // earliest time of the next attempt
}

// rule limits the attempts of a counter.
type rule struct {
	// free is the number of failures that never cause a wait, even if the clock of
	// another replica is ahead.
	free int
	// count returns the counter after an attempt. An attempt counts as a failure
	// until it succeeds, so that concurrent attempts cannot exceed the limit.
	count func(c counter, now time.Time) counter
}

// exponential allows five failures and then requires a backoff of 30 seconds,
// doubling up to 15 minutes. It resets an hour after the last backoff.
var exponential = rule{freeFailures, func(c counter, now time.Time) counter {
	if now.Sub(c.freeAt) >= window {
		c = counter{since: now}
	}
	c.failures++
	c.freeAt = now.Add(backoff(c.failures))
	return c
}}

func backoff(failures int) time.Duration {
	if failures < freeFailures {
		return 0
	}
	doublings := min(failures-freeFailures, 10) // prevents overflow; 5 reach maxBackoff
	return min(initialBackoff<<doublings, maxBackoff)
}

// hourly allows a number of failures in an hour and then blocks until its end.
func hourly(allowed int) rule {
	return rule{allowed, func(c counter, now time.Time) counter {
		if now.Sub(c.since) >= window {
			c = counter{since: now}
		}
		c.failures++
		c.freeAt = now
		if c.failures >= allowed {
			c.freeAt = c.since.Add(window)
		}
		return c
	}}
}
