package cli

import "github.com/alecthomas/kong"

const once = ` The temporary password is printed once, only its hash is stored, and the user must change it.`

// details are what --help of a command adds.
var details = map[string]string{
	"serve": `With DATABASE_URL, JWT_SECRET_KEY and FERNET_KEY in the environment it runs a production server. Without DATABASE_URL it runs a private PostgreSQL with demo data in the directory .data, for development only.

It does not start when ciphertexts are stored and the configured keys decrypt none of them, because the Python service could not decrypt what it would store. Otherwise it brings the database up to date first.

SIGTERM, SIGHUP and Ctrl-C stop it: running requests finish, new ones are refused. After nohup it ignores SIGHUP.`,
	"migrate":           `On an empty database it creates all tables. On a database of the Python service it adds the schema "profile" and does not change the schema "public". The server does the same when it starts.`,
	"check":             `It changes nothing. It exits with 1 when a setting is missing or invalid, when the database is unavailable, lacks a table or a column, has a column of another type or lacks a privilege of the server, and when no configured key decrypts a stored ciphertext. It prints the row of such a ciphertext, never its content. Without DATABASE_URL it checks the private database of an earlier development run.`,
	"delete-demo":       `It deletes the directory .data and, when root runs it, the data in /var/lib/staysidekick-profile that .data refers to. The next development run starts with new data. It never changes the database of DATABASE_URL.`,
	"create-company":    `It prints the company's id, the administrator's address and a temporary password.` + once,
	"create-user":       `An operator can read the profile. An admin can also change the company's integrations and configuration.` + once,
	"reset-password":    `It revokes every token of the account, which takes up to two seconds, so the user has to sign in again. It deletes the account's failed attempts, so the rate limit does not delay that sign-in.` + once,
	"check-connections": `It checks the API keys of all PMS and AI connections, beginning with the oldest check of each provider: five at a time, and two a second for each provider. It keeps each result as the last check of the connection, which the API shows. It prints the number of connections by provider and status, never a key. ACCOUNT_ID_REQUIRED means that a connection to Hostaway was stored without the account id, so that it cannot be checked. It can be stopped and run again; what was checked is kept. It exits with 2 when no configured key decrypts some API keys, and with 0 even if some API keys are invalid.`,
	"rotate-keys":       `It uses small transactions, and can be stopped and run again. At the end it prints the number of ciphertexts that each key decrypts; FERNET_OLD_KEYS[1] is the first old key. It exits with 2 when no configured key decrypts some ciphertexts, and prints their rows. It exits with 3 when another process was writing some rows, so that it has to be run again.`,
	"health":            `It requests /healthz, or /readyz with --ready, and exits with 1 unless the status is 200. It needs no setting except LISTEN_ADDR.`,
}

func addDetails(k *kong.Kong) error {
	for _, command := range k.Model.Children {
		command.Detail = details[command.Name]
	}
	return nil
}
