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

// saveStatements are those of the transaction in which the server saves the
// apartment columns (internal/company/configuration.go), by their names in
// queries/. The read of who makes the request is not among them: pgbench has
// nobody to check.
var saveStatements = []string{"CompanyConfigurationForUpdate", "CompanyConfigurationSet", "AuditEntryCreate"}

// saveValues are what the server gives to the statements, in pgbench's words:
// each client changes companies of its own.
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

// saveScript is the transaction for pgbench, made of the statements as they are
// now.
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
			return "", fmt.Errorf("%s has no query %s any more: see how the server saves now", queries, name)
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

// readQueries returns the text of each query in a folder of sqlc's, by name.
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

// forPgbench puts values where a query has sqlc's parameters.
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

// pgbench measures the transactions a second of saveScript.
type pgbench struct {
	stage       *stage
	database    *database
	connections int
}

func (m *pgbench) warm(ctx context.Context) error {
	_, err := m.measure(ctx, warmUp)
	return err
}

var pgbenchRate = regexp.MustCompile(`(?m)^tps = ([0-9.]+) `)

func (m *pgbench) measure(ctx context.Context, long time.Duration) (float64, error) {
	script, err := saveScript("queries")
	if err != nil {
		return 0, err
	}
	file := filepath.Join(m.stage.dir, "save.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return 0, err
	}
	output, err := exec.CommandContext(ctx, "pgbench", "-n", "-M", "prepared", "-f", file, "-j", "1",
		"-c", strconv.Itoa(m.connections), "-T", strconv.Itoa(int(long.Seconds())), m.database.url).CombinedOutput()
	rate := pgbenchRate.FindSubmatch(output)
	if err != nil || rate == nil || !strings.Contains(string(output), "failed transactions: 0 ") {
		return 0, fmt.Errorf("pgbench: %w\n%s", err, output)
	}
	return strconv.ParseFloat(string(rate[1]), 64)
}
