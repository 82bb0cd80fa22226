package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// request is what a signed-in user asks.
type request struct {
	method, path string
	body         string // JSON, empty for none
	contains     string // is in every right answer
	own          bool   // the answer also has the user's e-mail address
}

const meFields = `{ email role companyId passwordChangedAt }`

var (
	me      = graphQL(`query { me `+meFields+` }`, nil, `"role":"ADMIN"`, true)
	profile = request{method: http.MethodGet, path: "/api/perfil", contains: `"rol":"admin"`, own: true}

	integrations = request{method: http.MethodGet, path: "/api/perfil/integraciones", contains: `"proveedor":"smoobu"`}

	// screen is everything that the profile screen shows, in one operation.
	screen = graphQL(`query {
		me {
			id email role companyId passwordChangedAt mustChangePassword
			company {
				id name
				integrations {
					pms { configured provider updatedAt updatedBy keyFingerprint decryptable version }
					ai { configured provider model usesSharedTier updatedAt updatedBy keyFingerprint decryptable version }
					google { configured }
				}
				apartmentColumns { externalId name address city version }
				lateCheckIn { cutoff columns { guestName checkIn arrivalTime phone apartment } version }
			}
		}
	}`, nil, `"cutoff":"21:30"`, true)
)

// meTimes asks for me so many times in one operation.
func meTimes(n int) request {
	var fields strings.Builder
	for i := range n {
		fmt.Fprintf(&fields, "m%d: me %s ", i, meFields)
	}
	return graphQL("query { "+fields.String()+"}", nil, fmt.Sprintf(`"m%d":{`, n-1), true)
}

// save changes the configuration; run is a number from 100 to 199 that no run
// shortly before had, and load.lua changes the other one.
func save(run int) request {
	r := graphQL(`mutation($input: SaveApartmentColumnsInput!) { saveApartmentColumns(input: $input) { userErrors { code } } }`,
		map[string]any{"input": map[string]any{"externalId": "@@@", "name": run, "address": 2, "city": 3}},
		`"userErrors":[]`, false)
	r.body = strings.Replace(r.body, `"@@@"`, `@@@`, 1)
	return r
}

func graphQL(query string, variables map[string]any, contains string, own bool) request {
	body, err := json.Marshal(struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables,omitempty"`
	}{strings.Join(strings.Fields(query), " "), variables})
	if err != nil {
		panic(err) // of constants
	}
	return request{method: http.MethodPost, path: "/graphql", body: string(body), contains: contains, own: own}
}

// made is the request of one user to a server.
func (r request) made(ctx context.Context, v *server, p person) (*http.Request, error) {
	made, err := http.NewRequestWithContext(ctx, r.method, "http://"+v.address+r.path, strings.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	if r.body != "" {
		made.Header.Set("Content-Type", "application/json")
	}
	made.Header.Set("Accept", "application/json")
	made.Header.Set("Authorization", "Bearer "+p.token)
	made.Header.Set("User-Agent", "")
	return made, nil
}

// wire is the requests of all users as they are sent, each ended by a NUL.
func (r request) wire(v *server) ([]byte, error) {
	var all bytes.Buffer
	for _, p := range v.people {
		made, err := r.made(context.Background(), v, p)
		if err != nil {
			return nil, err
		}
		if err := made.Write(&all); err != nil {
			return nil, err
		}
		all.WriteByte(0)
	}
	return all.Bytes(), nil
}

// ask makes the request once and checks its answer.
func (v *server) ask(ctx context.Context, r request, p person) error {
	r.body = strings.Replace(r.body, "@@@", "200", 1)
	made, err := r.made(ctx, v, p)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(made)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	return r.check(p, answer.StatusCode, string(body))
}

func (r request) check(p person, status int, body string) error {
	right := status == http.StatusOK && strings.Contains(body, r.contains) && !strings.Contains(body, `"errors":`) &&
		(!r.own || strings.Contains(body, `"`+p.email+`"`))
	if !right {
		return fmt.Errorf("wrong answer %d to %s %s: %.400s", status, r.method, r.path, body)
	}
	return nil
}

var runs atomic.Int64

// saveNow is save with the number of another run each time.
func saveNow() request { return save(100 + int(runs.Add(1)%100)) }
