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

// rule limits the attempts of a counter.
type rule struct {
	// free is the number of failures that never cause a wait, even if the clock of
	// another replica is ahead.
	free int
	// doubling is whether the wait after them doubles from 30 seconds to 15 minutes. It
	// resets an hour after the last wait. Otherwise the counter is blocked until the end
	// of the hour that its first failure began.
	doubling bool
}

var (
	exponential = rule{free: freeFailures, doubling: true}
	// hourly is the rule of an account for all unknown addresses together, and of a user
	// for all tokens together.
	hourly = rule{free: 100}
	// hourlyOfAddress is the rule of an address for all accounts together.
	hourlyOfAddress = rule{free: 50}
)

// count returns the counter after an attempt. An attempt counts as a failure until it
// succeeds, so that concurrent attempts cannot exceed the limit.
func (r rule) count(c counter, now time.Time) counter {
	start := c.since
	if r.doubling {
		start = c.freeAt
	}
	if now.Sub(start) >= window {
		c = counter{since: now}
	}
	c.failures++
	switch {
	case r.doubling:
		c.freeAt = now.Add(backoff(c.failures))
	case c.failures >= r.free:
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
