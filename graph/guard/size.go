package guard

// huge is where counting stops, far above any limit and far below overflow.
const huge = 1 << 30

// names is a set of the field names that may occur once; see Guard.bit.
type names uint64

// size is what a selection set asks for when each fragment is put in the place
// of its spreads.
type size struct {
	root    int // fields at the top of the set
	fields  int // all of the API's own fields
	depth   int // longest chain of those
	aliases int
	lists   int // fields named in Limits.ListFields

	introFields  int // fields of an introspection, __schema and __type included
	introDepth   int
	introAliases int // those of aliases that are in an introspection

	seen  names // selected at the top of the set
	twice names // selected there more than once
}

// add makes s the size of both sets selected side by side.
func (s *size) add(o size) {
	s.root = plus(s.root, o.root)
	s.fields = plus(s.fields, o.fields)
	s.depth = max(s.depth, o.depth)
	s.aliases = plus(s.aliases, o.aliases)
	s.lists = plus(s.lists, o.lists)
	s.introFields = plus(s.introFields, o.introFields)
	s.introDepth = max(s.introDepth, o.introDepth)
	s.introAliases = plus(s.introAliases, o.introAliases)
	s.twice |= o.twice | s.seen&o.seen
	s.seen |= o.seen
}

// below is the size of one field of the API that selects s.
func (s size) below() size {
	return size{
		root:         1,
		fields:       plus(s.fields, 1),
		depth:        plus(s.depth, 1),
		aliases:      s.aliases,
		lists:        s.lists,
		introFields:  s.introFields,
		introDepth:   s.introDepth,
		introAliases: s.introAliases,
	}
}

// introspected is the size of __schema or __type that selects s.
func (s size) introspected() size {
	s = s.asIntrospection()
	s.root, s.seen, s.twice = 1, 0, 0
	s.introFields = plus(s.introFields, 1)
	s.introDepth = plus(s.introDepth, 1)
	return s
}

// asIntrospection counts all fields of s as those of an introspection.
func (s size) asIntrospection() size {
	s.introFields = plus(s.introFields, s.fields)
	s.introDepth = max(s.introDepth, s.depth)
	s.introAliases = s.aliases
	s.fields, s.depth = 0, 0
	return s
}

// plus adds without overflow: nested fragments grow as fast as powers of two.
func plus(a, b int) int { return min(a+b, huge) }
