package main

import (
	"context"
	"fmt"
	"time"
)

// report holds the samples of a run.
type report struct {
	rows    []row
	samples map[string]samples // by the name of the subject
	units   map[string]string
}

// measure measures the subjects of each batch in turns.
func (p plan) measure(ctx context.Context, e *environment) (*report, error) {
	r := &report{rows: p.rows, samples: map[string]samples{}, units: map[string]string{}}
	for _, batch := range batches() {
		var wanted []namedSubject
		for _, s := range batch {
			if needs(p.rows, s.name) {
				wanted = append(wanted, s)
			}
		}
		if err := p.measureBatch(ctx, e, wanted, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (p plan) measureBatch(ctx context.Context, e *environment, batch []namedSubject, r *report) error {
	subjects := make([]subject, len(batch))
	for i, s := range batch {
		var err error
		if subjects[i], err = s.make(ctx, e); err == nil {
			logProgress("warming up: %s", s.name)
			err = subjects[i].warm(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for round := range p.rounds {
		for i := range batch {
			if round%2 == 1 {
				i = len(batch) - 1 - i // so that no subject always follows the same one
			}
			sample, err := subjects[i].measure(ctx, time.Duration(p.seconds)*time.Second)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", batch[i].name, round+1, err)
			}
			logProgress("round %d of %d: %s: %.4g %s", round+1, p.rounds, batch[i].name, sample, batch[i].unit)
			r.samples[batch[i].name] = append(r.samples[batch[i].name], sample)
			r.units[batch[i].name] = batch[i].unit
		}
	}
	return nil
}
