package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// table formats the report in Markdown.
func (r *report) table() string {
	var b strings.Builder
	b.WriteString("| what | measured | against | ratio (least to most) | goal | |\n|---|--:|--:|--:|--:|---|\n")
	for _, row := range r.rows {
		of := r.samples[row.of]
		if row.against == "" {
			fmt.Fprintf(&b, "| %s | %s %s | | (%s to %s) | %s %s | %s |\n", row.what, amount(of.median()), r.units[row.of],
				amount(slices.Min(of)), amount(slices.Max(of)), row.goal, r.units[row.of], row.verdict(of.median()))
			continue
		}
		ratios := of.over(r.samples[row.against])
		fmt.Fprintf(&b, "| %s | %s %s | %s | **%.2f** (%.2f to %.2f) | %s | %s |\n", row.what,
			amount(of.median()), r.units[row.of], amount(r.samples[row.against].median()),
			ratios.median(), slices.Min(ratios), slices.Max(ratios), row.goal, row.verdict(ratios.median()))
	}
	return b.String()
}

func (g goal) String() string {
	switch {
	case g == goal{}:
		return ""
	case g.atMost:
		return fmt.Sprintf("≤ %g", g.bound)
	}
	return fmt.Sprintf("≥ %g", g.bound)
}

func (r row) verdict(value float64) string {
	switch {
	case r.goal == goal{}:
		return ""
	case r.goal.met(value):
		return "reached"
	}
	return "missed"
}

// amount formats a value with thousands separators, and with a decimal below 100.
func amount(value float64) string {
	if value < 100 {
		return strconv.FormatFloat(value, 'f', 1, 64)
	}
	digits := strconv.FormatFloat(value, 'f', 0, 64)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

const (
	page  = "docs/performance.md"
	chart = "docs/images/performance.svg"
	begin = "<!-- make bench writes from here -->"
	end   = "<!-- to here -->"
)

// writePage replaces the generated part of the page and the chart.
func (r *report) writePage(p plan) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	how := fmt.Sprintf("Medians of %d rounds of %d seconds, on %d cores that the candidates, PostgreSQL and the load generator share.",
		p.rounds, p.seconds, runtime.NumCPU())
	replaced, err := replaceBetween(string(text), begin, end, "\n"+how+"\n\n"+r.table()+"\n")
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	drawn, err := r.draw()
	if err != nil {
		return err
	}
	if err := os.WriteFile(chart, drawn, 0o644); err != nil {
		return err
	}
	return os.WriteFile(page, []byte(replaced), 0o644)
}

// replaceBetween replaces the text between two markers.
func replaceBetween(text, from, to, with string) (string, error) {
	before, rest, found := strings.Cut(text, from)
	_, after, foundEnd := strings.Cut(rest, to)
	if !found || !foundEnd {
		return "", fmt.Errorf("the lines %q and %q are missing", from, to)
	}
	return before + from + with + to + after, nil
}
