package connection

// NewTransport returns the transport of a Checker without a Transport.
var NewTransport = newTransport
