package validation

// Rules is how many rules a document is checked against.
func Rules() int { return len(ruleSet()) }
