package company

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// The keys of empresas.configuracion that this service writes. Other tools own the
// other keys, which no write changes.
const (
	apartmentColumnsKey = "xlsx_apartamentos"
	lateCheckInKey      = "notificaciones_tardias"
)

const defaultCutoff scalar.LocalTime = "20:00"

// ApartmentColumns are the spreadsheet columns of an apartment import, as both
// services store them.
type ApartmentColumns struct {
	ExternalID scalar.ColumnIndex `json:"col_id_externo"`
	Name       scalar.ColumnIndex `json:"col_nombre"`
	Address    scalar.ColumnIndex `json:"col_direccion"`
	City       scalar.ColumnIndex `json:"col_ciudad"`
}

// LateCheckIn holds the rules of late check-ins, as both services store them. A column
// that is not set is "".
type LateCheckIn struct {
	Cutoff      scalar.LocalTime     `json:"hora_corte"`
	GuestName   scalar.ColumnLetters `json:"col_nombre"`
	CheckIn     scalar.ColumnLetters `json:"col_checkin"`
	ArrivalTime scalar.ColumnLetters `json:"col_hora_llegada"`
	Phone       scalar.ColumnLetters `json:"col_telefono"`
	Apartment   scalar.ColumnLetters `json:"col_apartamento"`
}

// SaveApartmentColumns replaces the apartment columns of a company. It returns a
// Conflict user error when expected is not the stored version, and db.ErrNotFound for
// an unknown company.
func (s *Service) SaveApartmentColumns(ctx context.Context, id uuid.UUID, columns ApartmentColumns, expected *Version) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		stored, err := q.CompanyConfigurationForUpdate(ctx, sqlc.CompanyConfigurationForUpdateParams{ID: id, Key: apartmentColumnsKey})
		if err != nil {
			return err
		}
		before, version := readApartmentColumns(stored)
		if err := checkVersion(version, expected); err != nil {
			return err
		}
		value, err := json.Marshal(columns)
		if err != nil || sameJSON(stored, value) {
			return err
		}
		err = q.CompanyConfigurationSet(ctx, sqlc.CompanyConfigurationSetParams{ID: id, Key: apartmentColumnsKey, Value: value})
		if err != nil {
			return err
		}
		names := []string{"externalId", "name", "address", "city"}
		changes := audit.Diff(names, before.auditFields(), columns.auditFields())
		return audit.Record(ctx, q, audit.Entry{Kind: audit.ApartmentColumnsSaved, CompanyID: id, Changes: changes})
	})
}

// SaveLateCheckIn replaces the late check-in rules of a company. It returns a Conflict
// user error when expected is not the stored version, and db.ErrNotFound for an
// unknown company.
func (s *Service) SaveLateCheckIn(ctx context.Context, id uuid.UUID, config LateCheckIn, expected *Version) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		stored, err := q.CompanyConfigurationForUpdate(ctx, sqlc.CompanyConfigurationForUpdateParams{ID: id, Key: lateCheckInKey})
		if err != nil {
			return err
		}
		before, version := readLateCheckIn(stored)
		if err := checkVersion(version, expected); err != nil {
			return err
		}
		value, err := json.Marshal(config)
		if err != nil || sameJSON(stored, value) {
			return err
		}
		err = q.CompanyConfigurationSet(ctx, sqlc.CompanyConfigurationSetParams{ID: id, Key: lateCheckInKey, Value: value})
		if err != nil {
			return err
		}
		names := []string{"cutoff", "guestName", "checkIn", "arrivalTime", "phone", "apartment"}
		changes := audit.Diff(names, before.auditFields(), config.auditFields())
		return audit.Record(ctx, q, audit.Entry{Kind: audit.LateCheckInConfigSaved, CompanyID: id, Changes: changes})
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

// sameJSON reports whether two JSON texts have equal values.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// auditFields returns no fields for nil.
func (c *ApartmentColumns) auditFields() map[string]*string {
	if c == nil {
		return nil
	}
	text := func(c scalar.ColumnIndex) *string { return new(strconv.Itoa(int(c))) }
	return map[string]*string{"externalId": text(c.ExternalID), "name": text(c.Name), "address": text(c.Address), "city": text(c.City)}
}

func (c LateCheckIn) auditFields() map[string]*string {
	return map[string]*string{
		"cutoff":      db.NilIfZero(string(c.Cutoff)),
		"guestName":   db.NilIfZero(string(c.GuestName)),
		"checkIn":     db.NilIfZero(string(c.CheckIn)),
		"arrivalTime": db.NilIfZero(string(c.ArrivalTime)),
		"phone":       db.NilIfZero(string(c.Phone)),
		"apartment":   db.NilIfZero(string(c.Apartment)),
	}
}

// readApartmentColumns decodes stored columns. It returns nil and unsaved for a value
// that is absent or has no valid required column. An optional column that is not valid
// is 0, as if it were absent.
func readApartmentColumns(stored []byte) (*ApartmentColumns, Version) {
	var fields map[string]any
	_ = json.Unmarshal(stored, &fields) // fields stays empty if it is not an object
	externalID, name := columnIndex(fields["col_id_externo"]), columnIndex(fields["col_nombre"])
	if externalID == nil || name == nil {
		return nil, unsaved
	}
	return &ApartmentColumns{
		ExternalID: *externalID,
		Name:       *name,
		Address:    db.ZeroIfNil(columnIndex(fields["col_direccion"])),
		City:       db.ZeroIfNil(columnIndex(fields["col_ciudad"])),
	}, versionOf(stored)
}

// columnIndex returns a stored column, or nil if it is not valid. The Python service
// stores numbers as sent, such as 3.0.
func columnIndex(stored any) *scalar.ColumnIndex {
	number, isNumber := stored.(float64)
	column := new(scalar.ColumnIndex)
	if !isNumber || number != math.Trunc(number) || column.UnmarshalGQL(int64(number)) != nil {
		return nil
	}
	return column
}

// readLateCheckIn decodes stored rules. A value that is absent or not valid has its
// default.
func readLateCheckIn(stored []byte) (LateCheckIn, Version) {
	var fields map[string]any
	_ = json.Unmarshal(stored, &fields) // fields stays empty if it is not an object
	text := func(name string) string {
		value, _ := fields[name].(string)
		return value
	}
	config := LateCheckIn{
		Cutoff:      scalar.LocalTime(text("hora_corte")),
		GuestName:   scalar.ColumnLetters(text("col_nombre")),
		CheckIn:     scalar.ColumnLetters(text("col_checkin")),
		ArrivalTime: scalar.ColumnLetters(text("col_hora_llegada")),
		Phone:       scalar.ColumnLetters(text("col_telefono")),
		Apartment:   scalar.ColumnLetters(text("col_apartamento")),
	}
	if new(scalar.LocalTime).UnmarshalGQL(string(config.Cutoff)) != nil {
		config.Cutoff = defaultCutoff
	}
	for _, column := range []*scalar.ColumnLetters{&config.GuestName, &config.CheckIn, &config.ArrivalTime, &config.Phone, &config.Apartment} {
		if column.UnmarshalGQL(string(*column)) != nil {
			*column = ""
		}
	}
	return config, versionOf(stored)
}
