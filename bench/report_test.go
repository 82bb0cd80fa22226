package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// newReport returns a report in which bar n of the chart is n times as fast as the
// first.
func newReport() *report {
	r := &report{samples: map[string]samples{}, units: map[string]string{}}
	for i, c := range chartBars {
		r.samples[c.subject] = samples{100 * float64(i+1), 110 * float64(i+1), 90 * float64(i+1)}
		r.units[c.subject] = perSecond
	}
	return r
}

func TestTableShowsRatioAndVerdict(t *testing.T) {
	t.Parallel()
	r := newReport()
	r.rows = []row{
		{name: "up", what: "a rate", of: "me", against: "bare handler", goal: atLeast(1.3)},
		{name: "down", what: "a cost", of: "me", against: "bare handler", goal: atMost(1.9)},
		{name: "alone", what: "a size", of: "me", goal: atMost(200)},
	}
	table := r.table()
	for _, want := range []string{
		"| a rate | 200 requests/s | 100 | **2.00** (2.00 to 2.00) | ≥ 1.3 | reached |\n",
		"| a cost | 200 requests/s | 100 | **2.00** (2.00 to 2.00) | ≤ 1.9 | missed |\n",
		"| a size | 200 requests/s | | (180 to 220) | ≤ 200 requests/s | reached |\n",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
}

func TestRowsAndChartUseExistingSubjects(t *testing.T) {
	t.Parallel()
	names := map[string]bool{"": true}
	for _, batch := range batches() {
		for _, candidate := range batch {
			names[candidate.name] = true
		}
	}
	for _, r := range rows {
		if r.of == "" || !names[r.of] || !names[r.against] {
			t.Errorf("%s compares %q with %q", r.name, r.of, r.against)
		}
	}
	for _, c := range chartBars {
		if !needs(rows, c.subject) || !names[c.subject] {
			t.Errorf("the chart shows %s, which no row uses", c.subject)
		}
	}
}

func TestChartIsWellFormedAndShowsAllBars(t *testing.T) {
	t.Parallel()
	drawn, err := newReport().draw()
	if err != nil {
		t.Fatal(err)
	}
	tags := xml.NewDecoder(bytes.NewReader(drawn))
	for err == nil {
		_, err = tags.Token()
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("%v in\n%s", err, drawn)
	}
	if bars := strings.Count(string(drawn), "<rect "); bars != len(chartBars) {
		t.Errorf("%d bars", bars)
	}
	if _, err := (&report{samples: map[string]samples{}}).draw(); err == nil {
		t.Error("a report without samples was drawn")
	}
}

func TestReplaceBetweenMarkers(t *testing.T) {
	t.Parallel()
	got, err := replaceBetween("before [old] after", "[", "]", "new")
	if err != nil || got != "before [new] after" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := replaceBetween("before ] after [", "[", "]", "new"); err == nil {
		t.Error("markers in the wrong order were accepted")
	}
}

func TestUnknownRowIsRefused(t *testing.T) {
	t.Parallel()
	if chosen, err := selectRows("me,rest"); err != nil || len(chosen) != 2 {
		t.Errorf("%v, %v", chosen, err)
	}
	if _, err := selectRows("me,speed"); err == nil || !strings.Contains(err.Error(), "integrations") {
		t.Errorf("%v", err)
	}
}

func TestAmountHasThousandsSeparators(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{37.44: "37.4", 250: "250", 8950.4: "8,950", 1234567: "1,234,567"} {
		if got := amount(value); got != want {
			t.Errorf("%v is %s, want %s", value, got, want)
		}
	}
}
