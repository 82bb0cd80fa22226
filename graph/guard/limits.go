package guard

// Limits bounds what a document may ask for. Fields, root fields, aliases and
// depth are counted as the client will receive them: each spread of a fragment
// counts everything in the fragment once more.
type Limits struct {
	// Tokens is the number of lexical tokens of a document, comments included.
	Tokens int
	// NameBytes is the length of the longest name in a document.
	NameBytes int
	// Operations is the number of operations in a document, run or not.
	Operations int
	// Fragments is the number of fragment definitions in a document. Validation
	// is quadratic in it.
	Fragments int
	// Directives is the number of directives written in a document.
	Directives int
	// Nesting is how deep lists and objects are nested in a literal, and lists
	// in the type of a variable. What a variable holds is not counted: its type
	// bounds it.
	Nesting int

	// Depth is the longest chain of fields in an operation; a leaf counts.
	Depth int
	// RootFields is the number of fields that an operation selects at its top.
	RootFields int
	// Aliases is the number of renamed fields in an operation.
	Aliases int
	// Fields is the complexity of an operation: each selected field costs 1.
	Fields int
	// Lists is how often an operation may select the fields named in ListFields,
	// wherever they are: each of them can answer many rows for its cost of 1.
	Lists      int
	ListFields []string
	// Once names root fields that an operation may select once at most. The
	// list holds at most 62 names.
	Once []string

	// Introspection admits __schema and __type, each once an operation. What
	// they select counts against these limits and not against those above. An
	// alias multiplies the answer, which is large without: no tool uses one.
	Introspection        bool
	IntrospectionDepth   int
	IntrospectionFields  int
	IntrospectionAliases int
}

// DefaultLimits are the limits that docs/limits.md promises. They leave room
// for the introspection query of graphql-js, which needs depth 15 and 230
// fields.
func DefaultLimits() Limits {
	return Limits{
		Tokens:     1500,
		NameBytes:  100,
		Operations: 20,
		Fragments:  50,
		Directives: 50,
		Nesting:    10,

		Depth:      10,
		RootFields: 10,
		Aliases:    15,
		Fields:     200,
		Lists:      2,
		ListFields: []string{"auditLog"},
		Once:       []string{"login", "changePassword"},

		Introspection:        true,
		IntrospectionDepth:   16,
		IntrospectionFields:  300,
		IntrospectionAliases: 2,
	}
}
