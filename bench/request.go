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

// request is a request of a signed-in user.
type request struct {
	method, path string
	body         string // JSON, empty for none
	contains     string // is in every correct response
	own          bool   // the response also contains the user's e-mail address
}

const meFields = `{ email role companyId passwordChangedAt }`

var (
	me      = graphQL(`query { me `+meFields+` }`, nil, `"role":"ADMIN"`, true)
	profile = request{method: http.MethodGet, path: "/api/perfil", contains: `"rol":"admin"`, own: true}

	integrations = request{method: http.MethodGet, path: "/api/perfil/integraciones", contains: `"proveedor":"smoobu"`}

	// screen reads everything that the profile screen shows in one operation.
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

// meTimes reads me n times in one operation.
func meTimes(n int) request {
	var fields strings.Builder
	for i := range n {
		fmt.Fprintf(&fields, "m%d: me %s ", i, meFields)
	}
	return graphQL("query { "+fields.String()+"}", nil, fmt.Sprintf(`"m%d":{`, n-1), true)
}

// save changes the configuration. run is a number from 100 to 199 that differs
// from those of recent runs; load.lua inserts the other number.
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
		panic(err) // constants are encodable
	}
	return request{method: http.MethodPost, path: "/graphql", body: string(body), contains: contains, own: own}
}

// newRequest returns the request of one user to a server.
func (r request) newRequest(ctx context.Context, v *server, u user) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, r.method, "http://"+v.address+r.path, strings.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	if r.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+u.token)
	request.Header.Set("User-Agent", "")
	return request, nil
}

// encode returns the HTTP messages of all users, each terminated by a NUL.
func (r request) encode(v *server) ([]byte, error) {
	var all bytes.Buffer
	for _, u := range v.users {
		request, err := r.newRequest(context.Background(), v, u)
		if err != nil {
			return nil, err
		}
		if err := request.Write(&all); err != nil {
			return nil, err
		}
		all.WriteByte(0)
	}
	return all.Bytes(), nil
}

// send sends the request once and checks the response.
func (v *server) send(ctx context.Context, r request, u user) error {
	r.body = strings.Replace(r.body, "@@@", "200", 1)
	request, err := r.newRequest(ctx, v, u)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return r.check(u, response.StatusCode, string(body))
}

func (r request) check(u user, status int, body string) error {
	correct := status == http.StatusOK && strings.Contains(body, r.contains) && !strings.Contains(body, `"errors":`) &&
		(!r.own || strings.Contains(body, `"`+u.email+`"`))
	if !correct {
		return fmt.Errorf("wrong response %d to %s %s: %.400s", status, r.method, r.path, body)
	}
	return nil
}

var runs atomic.Int64

// saveNow returns a save with a new run number.
func saveNow() request { return save(100 + int(runs.Add(1)%100)) }
