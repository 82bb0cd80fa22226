package company

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/graph/scalar"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/optional"
)

// setting is a key of empresas.configuracion that belongs to this service. The
// others are other tools', and survive every write.
type setting struct {
	key     string
	version func(stored []byte) Version
}

var (
	apartmentColumns = setting{"xlsx_apartamentos", apartmentColumnsVersion}
	lateCheckIn      = setting{"notificaciones_tardias", versionOf}
)

const defaultCutoff scalar.LocalTime = "20:00"

// ApartmentColumns is the form in which both services store it.
type ApartmentColumns struct {
	ExternalID scalar.ColumnIndex `json:"col_id_externo"`
	Name       scalar.ColumnIndex `json:"col_nombre"`
	Address    scalar.ColumnIndex `json:"col_direccion"`
	City       scalar.ColumnIndex `json:"col_ciudad"`
}

// LateCheckIn is the form in which both services store it. A column that is
// not set is "".
type LateCheckIn struct {
	Cutoff      scalar.LocalTime     `json:"hora_corte"`
	GuestName   scalar.ColumnLetters `json:"col_nombre"`
	CheckIn     scalar.ColumnLetters `json:"col_checkin"`
	ArrivalTime scalar.ColumnLetters `json:"col_hora_llegada"`
	Phone       scalar.ColumnLetters `json:"col_telefono"`
	Apartment   scalar.ColumnLetters `json:"col_apartamento"`
}

// SaveApartmentColumns replaces them. It refuses with Conflict when another
// version was expected.
func (s *Service) SaveApartmentColumns(ctx context.Context, id uuid.UUID, columns ApartmentColumns, expected *Version) error {
	return s.saveConfiguration(ctx, id, apartmentColumns, expected, func(stored []byte) (any, audit.Entry) {
		before := readApartmentColumns(stored)
		return columns, audit.Entry{Kind: audit.ApartmentColumnsSaved, Changes: changedColumns(before, columns)}
	})
}

// SaveLateCheckIn replaces it whole. It refuses with Conflict when another
// version was expected.
func (s *Service) SaveLateCheckIn(ctx context.Context, id uuid.UUID, config LateCheckIn, expected *Version) error {
	return s.saveConfiguration(ctx, id, lateCheckIn, expected, func(stored []byte) (any, audit.Entry) {
		before := readLateCheckIn(stored)
		return config, audit.Entry{Kind: audit.LateCheckInConfigSaved, Changes: changedLateCheckIn(before, config)}
	})
}

// saveConfiguration writes one setting of the configuration, in one statement, and
// its audit entry. An unknown company is db.ErrNotFound.
func (s *Service) saveConfiguration(ctx context.Context, id uuid.UUID, to setting, expected *Version,
	change func(stored []byte) (any, audit.Entry)) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		stored, err := q.CompanyConfigurationForUpdate(ctx, sqlc.CompanyConfigurationForUpdateParams{ID: id, Key: to.key})
		if err != nil {
			return err
		}
		if err := to.version(stored).expect(expected); err != nil {
			return err
		}
		value, entry := change(stored)
		text, err := json.Marshal(value)
		if err != nil || sameJSON(stored, text) {
			return err
		}
		err = q.CompanyConfigurationSet(ctx, sqlc.CompanyConfigurationSetParams{ID: id, Key: to.key, Value: text})
		if err != nil {
			return err
		}
		entry.CompanyID = id
		return audit.Record(ctx, q, entry)
	})
}

// sameJSON tells whether two JSON texts mean the same.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

func changedColumns(before *ApartmentColumns, after ApartmentColumns) []audit.Change {
	old := map[string]*string{}
	if before != nil {
		old = before.fields()
	}
	return audit.Diff([]string{"externalId", "name", "address", "city"}, old, after.fields())
}

func (c ApartmentColumns) fields() map[string]*string {
	text := func(c scalar.ColumnIndex) *string { return new(strconv.Itoa(int(c))) }
	return map[string]*string{"externalId": text(c.ExternalID), "name": text(c.Name), "address": text(c.Address), "city": text(c.City)}
}

func changedLateCheckIn(before, after LateCheckIn) []audit.Change {
	names := []string{"cutoff", "guestName", "checkIn", "arrivalTime", "phone", "apartment"}
	return audit.Diff(names, before.fields(), after.fields())
}

func (c LateCheckIn) fields() map[string]*string {
	return map[string]*string{
		"cutoff":      optional.Of(string(c.Cutoff)),
		"guestName":   optional.Of(string(c.GuestName)),
		"checkIn":     optional.Of(string(c.CheckIn)),
		"arrivalTime": optional.Of(string(c.ArrivalTime)),
		"phone":       optional.Of(string(c.Phone)),
		"apartment":   optional.Of(string(c.Apartment)),
	}
}

// readApartmentColumns answers nil for what counts as never saved: a value that
// is absent, or without a readable column of those that are required. Another
// one that cannot be read is 0, as if it were left out.
func readApartmentColumns(stored []byte) *ApartmentColumns {
	var fields map[string]any
	_ = json.Unmarshal(stored, &fields) // what is no object has no fields
	externalID, name := columnIndex(fields["col_id_externo"]), columnIndex(fields["col_nombre"])
	if externalID == nil || name == nil {
		return nil
	}
	return &ApartmentColumns{
		ExternalID: *externalID,
		Name:       *name,
		Address:    optional.OrZero(columnIndex(fields["col_direccion"])),
		City:       optional.OrZero(columnIndex(fields["col_ciudad"])),
	}
}

// columnIndex is nil for what is no column. A whole number may be written 3.0,
// as the other service keeps what it is sent.
func columnIndex(stored any) *scalar.ColumnIndex {
	number, isNumber := stored.(float64)
	column := new(scalar.ColumnIndex)
	if !isNumber || number != math.Trunc(number) || column.UnmarshalGQL(int64(number)) != nil {
		return nil
	}
	return column
}

// apartmentColumnsVersion is unsaved for whatever counts as never saved: where
// none are shown, no client could know another version.
func apartmentColumnsVersion(stored []byte) Version {
	if readApartmentColumns(stored) == nil {
		return unsaved
	}
	return versionOf(stored)
}

// readLateCheckIn gives the default for whatever is absent or unreadable.
func readLateCheckIn(stored []byte) LateCheckIn {
	var fields map[string]any
	_ = json.Unmarshal(stored, &fields) // what is no object has no fields
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
	return config
}
