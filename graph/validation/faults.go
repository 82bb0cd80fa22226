package validation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// watcher remembers the node that the validator visits. Rules only hand over
// a finished sentence; the node is what another one can be made from.
type watcher struct{ node any }

func (w *watcher) watch(events *core.Events) {
	events.OnOperation(func(_ *core.Walker, n *ast.OperationDefinition) { w.node = n })
	events.OnField(func(_ *core.Walker, n *ast.Field) { w.node = n })
	events.OnFragment(func(_ *core.Walker, n *ast.FragmentDefinition) { w.node = n })
	events.OnInlineFragment(func(_ *core.Walker, n *ast.InlineFragment) { w.node = n })
	events.OnFragmentSpread(func(_ *core.Walker, n *ast.FragmentSpread) { w.node = n })
	events.OnDirective(func(_ *core.Walker, n *ast.Directive) { w.node = n })
	events.OnDirectiveList(func(_ *core.Walker, n []*ast.Directive) { w.node = n })
	events.OnValue(func(_ *core.Walker, n *ast.Value) { w.node = n })
	events.OnVariable(func(_ *core.Walker, n *ast.VariableDefinition) { w.node = n })
}

// fault is one broken rule at one place.
type fault struct {
	rule string
	node any
	at   gqlerror.Location
}

// faults collects what the rules report, each fault once: a fragment is
// visited for itself and for every operation that spreads it. Once full, it
// does not even let the rules finish their sentences.
type faults struct {
	list []fault
	seen map[place]bool
}

type place struct {
	rule string
	at   gqlerror.Location
}

func (f *faults) add(rule string, node any, options []core.ErrorOption) {
	if len(f.list) == maxErrors {
		return
	}
	var said gqlerror.Error
	for _, option := range options {
		option(&said)
	}
	var at gqlerror.Location
	if len(said.Locations) > 0 {
		at = said.Locations[0]
	}
	key := place{rule: rule, at: at}
	if f.seen[key] {
		return
	}
	if f.seen == nil {
		f.seen = make(map[place]bool)
	}
	f.seen[key] = true
	f.list = append(f.list, fault{rule: rule, node: node, at: at})
}
