package cli

// CloseTimeout is closeTimeout.
const CloseTimeout = closeTimeout

// OutputTimeout is outputTimeout.
const OutputTimeout = outputTimeout

// MaxBuffered is maxBuffered.
const MaxBuffered = maxBuffered

// Explain is explain.
var Explain = explain
