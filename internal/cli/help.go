package cli

// Help is what serve --help adds.
func (*Serve) Help() string {
	return `With DATABASE_URL, JWT_SECRET_KEY and FERNET_KEY in the environment this is a production server. Without DATABASE_URL it runs a private PostgreSQL with demo data, kept in the folder .data, for development only.

It refuses to start when keys are stored and the configured ones open none of them: what it stored then, the Python service could not read. Then it brings the database up to date.

SIGTERM and Ctrl-C end it: requests that run may finish, new ones are refused.`
}

// Help is what migrate --help adds.
func (Migrate) Help() string {
	return `On an empty database it creates all tables. On one of the Python service it adds the schema "profile" and touches nothing of the schema "public". The server does the same when it starts.`
}

// Help is what check --help adds.
func (Check) Help() string {
	return `It changes nothing. It exits with 1 when a setting is missing or bad, when the database does not answer, lacks a table or a column, has one of another type or does not let the server read and write it, and when a stored key opens with no configured one; it names the rows of such keys, never their content. Without DATABASE_URL it looks at the private database of an earlier development run.`
}

// Help is what delete-demo --help adds.
func (DeleteDemo) Help() string {
	return `That is the folder .data and, for root, who keeps the data in another place, what it records. The next development run starts anew. A database of DATABASE_URL is never touched.`
}

const once = ` The temporary password is printed once, only its hash is stored, and its owner must change it.`

// Help is what create-company --help adds.
func (*CreateCompany) Help() string {
	return `It prints the company's id, the administrator's address and a temporary password.` + once
}

// Help is what create-user --help adds.
func (*CreateUser) Help() string {
	return `An operator reads, an admin also changes the company's integrations and configuration.` + once
}

// Help is what reset-password --help adds.
func (*ResetPassword) Help() string {
	return `Whoever is signed in with the account has to sign in again, which takes up to two seconds. Failed attempts of the account are forgotten, so that its owner need not wait.` + once
}

// Help is what rotate-keys --help adds.
func (*RotateKeys) Help() string {
	return `It works in small transactions, and can be stopped and run again. It ends with a table of what each key opens, an old key told by its place in FERNET_OLD_KEYS. It exits with 2 when no configured key opens some stored keys, whose rows it names, and with 3 when others were writing some, so that it has to be run again.`
}
