package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// saveStatements are the names, in queries/, of the statements in the transaction
// that saves the apartment columns (internal/company/configuration.go). They do
// not include the query for the requesting user: pgbench authenticates nobody.
var saveStatements = []string{"CompanyConfigurationForUpdate", "CompanyConfigurationSet", "AuditEntryCreate"}

// saveValues are the parameters of the statements as pgbench expressions. Each
// client changes different companies.
var saveValues = map[string]string{
	"id":          "('00000000-0000-4000-8000-' || lpad(:company::text, 12, '0'))::uuid",
	"company_id":  "('00000000-0000-4000-8000-' || lpad(:company::text, 12, '0'))::uuid",
	"actor_id":    "('00000000-0000-4000-9000-' || lpad(:company::text, 12, '0'))::uuid",
	"key":         "'xlsx_apartamentos'",
	"value":       "jsonb_build_object('col_id_externo', :number::int, 'col_nombre', 1, 'col_direccion', 2, 'col_ciudad', 3)",
	"kind":        "'APARTMENT_COLUMNS_SAVED'",
	"actor_email": "'user000001@example.com'",
	"address":     "'127.0.0.1'",
	"request_id":  "'0190a6a0-0000-7000-8000-000000000000'",
	"changes":     `'[{"field": "externalId", "old": "100", "new": "101"}]'::jsonb`,
}

// saveScript returns the pgbench script of the transaction, built from the current
// statements.
func saveScript(queries string) (string, error) {
	statements, err := readQueries(queries)
	if err != nil {
		return "", err
	}
	var script strings.Builder
	script.WriteString("\\set company :client_id * 62 + random(1, 62)\n\\set number random(100, 199)\nbegin;\n")
	for _, name := range saveStatements {
		text, found := statements[name]
		if !found {
			return "", fmt.Errorf("%s has no query %s: adapt saveStatements to the server", queries, name)
		}
		if text, err = forPgbench(text); err != nil {
			return "", fmt.Errorf("the query %s: %w", name, err)
		}
		script.WriteString(text + "\n")
	}
	script.WriteString("commit;\n")
	return script.String(), nil
}

var queryName = regexp.MustCompile(`(?m)^-- name: (\w+) :\w+$`)

// readQueries returns the text of each sqlc query in a directory by name.
func readQueries(folder string) (map[string]string, error) {
	found := map[string]string{}
	files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		maps.Copy(found, splitQueries(string(text)))
	}
	return found, nil
}

func splitQueries(text string) map[string]string {
	found := map[string]string{}
	starts := queryName.FindAllStringSubmatchIndex(text, -1)
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		found[text[at[2]:at[3]]] = strings.TrimSpace(text[at[1]:end])
	}
	return found
}

var parameter = regexp.MustCompile(`sqlc\.n?arg\((\w+)\)|@(\w+)|\$\d+`)

// forPgbench replaces the sqlc parameters of a query with saveValues.
func forPgbench(query string) (string, error) {
	var unknown []string
	text := parameter.ReplaceAllStringFunc(query, func(found string) string {
		match := parameter.FindStringSubmatch(found)
		value, known := saveValues[match[1]+match[2]]
		if !known {
			unknown = append(unknown, found)
		}
		return "(" + value + ")"
	})
	if unknown != nil {
		slices.Sort(unknown)
		return "", fmt.Errorf("no value for %s", strings.Join(slices.Compact(unknown), ", "))
	}
	return text, nil
}

// pgbench measures the transactions per second of saveScript.
type pgbench struct {
	environment *environment
	database    *database
	connections int
}

func (m *pgbench) warm(ctx context.Context) error {
	_, err := m.measure(ctx, warmUp)
	return err
}

var pgbenchRate = regexp.MustCompile(`(?m)^tps = ([0-9.]+) `)

func (m *pgbench) measure(ctx context.Context, duration time.Duration) (float64, error) {
	script, err := saveScript("queries")
	if err != nil {
		return 0, err
	}
	file := filepath.Join(m.environment.dir, "save.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return 0, err
	}
	output, err := exec.CommandContext(ctx, "pgbench", "-n", "-M", "prepared", "-f", file, "-j", "1",
		"-c", strconv.Itoa(m.connections), "-T", strconv.Itoa(int(duration.Seconds())), m.database.url).CombinedOutput()
	rate := pgbenchRate.FindSubmatch(output)
	if err != nil || rate == nil || !strings.Contains(string(output), "failed transactions: 0 ") {
		return 0, fmt.Errorf("pgbench: %w\n%s", err, output)
	}
	return strconv.ParseFloat(string(rate[1]), 64)
}
