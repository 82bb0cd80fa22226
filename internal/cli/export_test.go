package cli

// CloseTimeout is how long a stop may take beside that of the server.
const CloseTimeout = closeTimeout
