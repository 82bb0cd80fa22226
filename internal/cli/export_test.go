package cli

// CloseTimeout is closeTimeout.
const CloseTimeout = closeTimeout

// Explain is explain.
var Explain = explain
