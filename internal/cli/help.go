package cli

// Help is the text that serve --help adds.
func (*Serve) Help() string {
	return `With DATABASE_URL, JWT_SECRET_KEY and FERNET_KEY in the environment it runs a production server. Without DATABASE_URL it runs a private PostgreSQL with demo data in the directory .data, for development only.

It does not start when ciphertexts are stored and the configured keys decrypt none of them, because the Python service could not decrypt what it would store. Otherwise it brings the database up to date first.

SIGTERM, SIGHUP and Ctrl-C stop it: running requests finish, new ones are refused. After nohup it ignores SIGHUP.`
}

// Help is the text that migrate --help adds.
func (Migrate) Help() string {
	return `On an empty database it creates all tables. On a database of the Python service it adds the schema "profile" and does not change the schema "public". The server does the same when it starts.`
}

// Help is the text that check --help adds.
func (Check) Help() string {
	return `It changes nothing. It exits with 1 when a setting is missing or invalid, when the database is unavailable, lacks a table or a column, has a column of another type or lacks a privilege of the server, and when no configured key decrypts a stored ciphertext. It prints the row of such a ciphertext, never its content. Without DATABASE_URL it checks the private database of an earlier development run.`
}

// Help is the text that delete-demo --help adds.
func (DeleteDemo) Help() string {
	return `It deletes the directory .data and, when root runs it, the data in /var/lib/staysidekick-profile that .data refers to. The next development run starts with new data. It never changes the database of DATABASE_URL.`
}

const once = ` The temporary password is printed once, only its hash is stored, and the user must change it.`

// Help is the text that create-company --help adds.
func (*CreateCompany) Help() string {
	return `It prints the company's id, the administrator's address and a temporary password.` + once
}

// Help is the text that create-user --help adds.
func (*CreateUser) Help() string {
	return `An operator can read the profile. An admin can also change the company's integrations and configuration.` + once
}

// Help is the text that reset-password --help adds.
func (*ResetPassword) Help() string {
	return `It revokes every token of the account, which takes up to two seconds, so the user has to sign in again. It deletes the account's failed attempts, so the rate limit does not delay that sign-in.` + once
}

// Help is the text that check-connections --help adds.
func (*CheckConnections) Help() string {
	return `It checks the API keys of all PMS and AI connections, beginning with the oldest check of each provider: five at a time, and two a second for each provider. It keeps each result as the last check of the connection, which the API shows. It prints the number of connections by provider and status, never a key. ACCOUNT_ID_REQUIRED means that a connection to Hostaway was stored without the account id, so that it cannot be checked. It can be stopped and run again; what was checked is kept. It exits with 2 when no configured key decrypts some API keys, and with 0 even if some API keys are invalid.`
}

// Help is the text that rotate-keys --help adds.
func (*RotateKeys) Help() string {
	return `It uses small transactions, and can be stopped and run again. At the end it prints the number of ciphertexts that each key decrypts; FERNET_OLD_KEYS[1] is the first old key. It exits with 2 when no configured key decrypts some ciphertexts, and prints their rows. It exits with 3 when another process was writing some rows, so that it has to be run again.`
}

// Help is the text that health --help adds.
func (*Health) Help() string {
	return `It requests /healthz, or /readyz with --ready, and exits with 1 unless the status is 200. It needs no setting except LISTEN_ADDR.`
}
