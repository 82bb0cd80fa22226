package cli

import (
	"bytes"
	"testing"
)

func TestProgressIsShownOnlyOnATerminal(t *testing.T) {
	var shown bytes.Buffer
	show := func(p *progress) string {
		shown.Reset()
		p.show("column", 1)
		p.show("column", 20)
		p.end()
		return shown.String()
	}
	if got, want := show(&progress{w: &shown}), "\rcolumn: 1\x1b[K\rcolumn: 20\x1b[K\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := show(newProgress(&shown)); got != "" {
		t.Errorf("without a terminal: %q", got)
	}
}
