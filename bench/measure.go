package main

import (
	"context"
	"fmt"
	"time"
)

// report is what was measured.
type report struct {
	rows    []row
	figures map[string]figures // by the subject's name
	units   map[string]string
}

// measure lets the subjects of each batch take turns.
func (p plan) measure(ctx context.Context, s *stage) (*report, error) {
	r := &report{rows: p.rows, figures: map[string]figures{}, units: map[string]string{}}
	for _, batch := range batches() {
		var wanted []planned
		for _, candidate := range batch {
			if needs(p.rows, candidate.name) {
				wanted = append(wanted, candidate)
			}
		}
		if err := p.takeTurns(ctx, s, wanted, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (p plan) takeTurns(ctx context.Context, s *stage, batch []planned, r *report) error {
	subjects := make([]subject, len(batch))
	for i, candidate := range batch {
		var err error
		if subjects[i], err = candidate.make(ctx, s); err == nil {
			progress("warming up: %s", candidate.name)
			err = subjects[i].warm(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", candidate.name, err)
		}
	}
	for round := range p.rounds {
		for i := range batch {
			if round%2 == 1 {
				i = len(batch) - 1 - i // nobody always comes after the same one
			}
			figure, err := subjects[i].measure(ctx, time.Duration(p.seconds)*time.Second)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", batch[i].name, round+1, err)
			}
			progress("round %d of %d: %s: %.4g %s", round+1, p.rounds, batch[i].name, figure, batch[i].unit)
			r.figures[batch[i].name] = append(r.figures[batch[i].name], figure)
			r.units[batch[i].name] = batch[i].unit
		}
	}
	return nil
}
