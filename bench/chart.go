package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
)

//go:embed chart.svg
var chartSVG string

// The chart's measures in pixels.
const (
	barLeft  = 270 // where all bars begin
	barTop   = 56
	barStep  = 34
	barWidth = 330 // of the longest bar or whisker
	below    = 34
)

// bar is a candidate in the chart: its answers a second against the bare
// handler's, median, least and most.
type bar struct {
	Name             string
	Ours             bool
	Y, X             int
	Width, Low, High int
	Label            string
}

// drawing is what chart.svg is filled with.
type drawing struct {
	Height, Base, Bottom int
	Left, Text           int
	Bars                 []bar
}

// inChart are subjects of one batch, measured against the first.
var inChart = []struct {
	subject, label string
	ours           bool
}{
	{"bare handler", "bare chi + pgx handler, one read", false},
	{"me", "GraphQL me", true},
	{"GET /api/perfil", "GET /api/perfil", true},
	{"GET /api/perfil/integraciones", "GET /api/perfil/integraciones", true},
	{"profile screen", "whole profile screen, one query", true},
	{"Mercurius", "Mercurius, me", false},
	{"PostGraphile", "PostGraphile, me", false},
}

// draw makes the chart.
func (r *report) draw() ([]byte, error) {
	base := r.figures[inChart[0].subject]
	longest := 0.0
	ratios := make([]figures, len(inChart))
	for i, c := range inChart {
		if ratios[i] = r.figures[c.subject].over(base); len(ratios[i]) == 0 {
			return nil, fmt.Errorf("%s was not measured", c.subject)
		}
		longest = max(longest, slices.Max(ratios[i]))
	}
	pixels := func(ratio float64) int { return int(ratio / longest * barWidth) }
	d := drawing{
		Height: barTop + barStep*len(inChart) + below,
		Base:   barLeft + pixels(1),
		Bottom: barTop + barStep*len(inChart),
		Left:   barLeft,
		Text:   barLeft - 10,
	}
	for i, c := range inChart {
		d.Bars = append(d.Bars, bar{
			Name: c.label, Ours: c.ours, X: barLeft, Y: barTop + barStep*i,
			Width: pixels(ratios[i].median()), Low: barLeft + pixels(slices.Min(ratios[i])), High: barLeft + pixels(slices.Max(ratios[i])),
			Label: fmt.Sprintf("%.2f", ratios[i].median()),
		})
	}
	t, err := template.New("chart").Funcs(template.FuncMap{"add": func(a, b int) int { return a + b }}).Parse(chartSVG)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, d)
	return b.Bytes(), err
}
