package company

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// ApartmentColumns are the spreadsheet columns of an apartment import, as both
// services store them.
type ApartmentColumns struct {
	ExternalID scalar.ColumnIndex `json:"col_id_externo" audit:"externalId"`
	Name       scalar.ColumnIndex `json:"col_nombre" audit:"name"`
	Address    scalar.ColumnIndex `json:"col_direccion" audit:"address"`
	City       scalar.ColumnIndex `json:"col_ciudad" audit:"city"`
}

// LateCheckIn holds the rules of late check-ins, as both services store them. A column
// that is not set is "".
type LateCheckIn struct {
	Cutoff      scalar.LocalTime     `json:"hora_corte" audit:"cutoff"`
	GuestName   scalar.ColumnLetters `json:"col_nombre" audit:"guestName"`
	CheckIn     scalar.ColumnLetters `json:"col_checkin" audit:"checkIn"`
	ArrivalTime scalar.ColumnLetters `json:"col_hora_llegada" audit:"arrivalTime"`
	Phone       scalar.ColumnLetters `json:"col_telefono" audit:"phone"`
	Apartment   scalar.ColumnLetters `json:"col_apartamento" audit:"apartment"`
}

// configuration is a value under a key of empresas.configuracion. Other tools own the
// other keys, which no save changes. members.go describes the tags of T's fields.
type configuration[T any] struct {
	key      string
	saved    audit.Kind // of the audit entry for a save
	defaults T
	required []string // json names of the members without which a stored value counts as none
}

var (
	apartmentColumns = configuration[ApartmentColumns]{
		key: "xlsx_apartamentos", saved: audit.ApartmentColumnsSaved, required: []string{"col_id_externo", "col_nombre"},
	}
	lateCheckIn = configuration[LateCheckIn]{
		key: "notificaciones_tardias", saved: audit.LateCheckInConfigSaved, defaults: LateCheckIn{Cutoff: "20:00"},
	}
)

// read decodes a stored value, which may be absent or invalid. A member that is absent or
// not valid has its default. It returns nil and unsaved when a required one is missing.
func (c configuration[T]) read(stored []byte) (*T, Version) {
	value := c.defaults
	valid := readMembers(stored, &value)
	for _, name := range c.required {
		if !slices.Contains(valid, name) {
			return nil, unsaved
		}
	}
	return &value, versionOf(stored)
}

// SaveApartmentColumns replaces the apartment columns of a company. It returns a
// Conflict user error when expected is not the stored version, and db.ErrNotFound for
// an unknown company.
func (s *Service) SaveApartmentColumns(ctx context.Context, id uuid.UUID, columns ApartmentColumns, expected *Version) error {
	return apartmentColumns.save(ctx, s.db, id, columns, expected)
}

// SaveLateCheckIn replaces the late check-in rules of a company. It returns a Conflict
// user error when expected is not the stored version, and db.ErrNotFound for an
// unknown company.
func (s *Service) SaveLateCheckIn(ctx context.Context, id uuid.UUID, config LateCheckIn, expected *Version) error {
	return lateCheckIn.save(ctx, s.db, id, config, expected)
}

func (c configuration[T]) save(ctx context.Context, d *db.DB, id uuid.UUID, after T, expected *Version) error {
	return d.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.CompanyConfigurationForUpdate(ctx, sqlc.CompanyConfigurationForUpdateParams{ID: id, Key: c.key})
		if err != nil {
			return err
		}
		if !row.Readable {
			return errUnreadable
		}
		stored := row.Value
		before, version := c.read(stored)
		if err := checkVersion(version, expected); err != nil {
			return err
		}
		value, err := json.Marshal(after)
		if err != nil || sameJSON(stored, value) {
			return err
		}
		err = q.CompanyConfigurationSet(ctx, sqlc.CompanyConfigurationSetParams{ID: id, Key: c.key, Value: value})
		if err != nil {
			return err
		}
		changes := audit.Diff(auditFields(before), auditFields(&after))
		return audit.Record(ctx, q, audit.Entry{Kind: c.saved, CompanyID: id, Changes: changes})
	})
}

// TextConfigurations returns the companies whose configuration is a JSON string instead
// of an object. Such a value is read and kept as the object that it holds, and the next
// save stores that. It scans the table.
func (s *Service) TextConfigurations(ctx context.Context) (ids []uuid.UUID, err error) {
	err = s.db.InLongTx(ctx, func(q *sqlc.Queries) (err error) {
		ids, err = q.CompaniesWithTextConfiguration(ctx)
		return err
	})
	return ids, err
}

// errUnreadable is an internal error: a save would replace the settings of other tools.
// The command check lists such rows.
var errUnreadable = errors.New("company: empresas.configuracion is a JSON string that holds no readable object")

// sameJSON reports whether two JSON texts have equal values.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
