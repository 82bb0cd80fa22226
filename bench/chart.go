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

// The dimensions of the chart in pixels.
const (
	barLeft  = 270
	barTop   = 56
	barStep  = 34
	barWidth = 330 // of the longest bar or whisker
	barsEnd  = 34  // the space below the bars
)

// bar is a subject in the chart: the median, minimum and maximum of its
// throughput relative to the bare handler.
type bar struct {
	Name             string
	Ours             bool
	Y, X             int
	Width, Low, High int
	Label            string
}

// chartData is the data of the template chart.svg.
type chartData struct {
	Height, Base, Bottom int
	Left, Text           int
	Bars                 []bar
}

// chartBars are subjects of one batch; the first one is the base of the ratios.
var chartBars = []struct {
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

// draw returns the chart as SVG.
func (r *report) draw() ([]byte, error) {
	base := r.samples[chartBars[0].subject]
	longest := 0.0
	ratios := make([]samples, len(chartBars))
	for i, c := range chartBars {
		if ratios[i] = r.samples[c.subject].over(base); len(ratios[i]) == 0 {
			return nil, fmt.Errorf("%s was not measured", c.subject)
		}
		longest = max(longest, slices.Max(ratios[i]))
	}
	pixels := func(ratio float64) int { return int(ratio / longest * barWidth) }
	d := chartData{
		Height: barTop + barStep*len(chartBars) + barsEnd,
		Base:   barLeft + pixels(1),
		Bottom: barTop + barStep*len(chartBars),
		Left:   barLeft,
		Text:   barLeft - 10,
	}
	for i, c := range chartBars {
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
