package company

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/graph/scalar"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// The keys of empresas.configuracion that belong to this service. The others
// are other tools', and survive every write.
const (
	apartmentColumnsKey = "xlsx_apartamentos"
	lateCheckInKey      = "notificaciones_tardias"
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

// SaveApartmentColumns replaces them.
func (s *Service) SaveApartmentColumns(ctx context.Context, id uuid.UUID, columns ApartmentColumns) error {
	return s.saveConfiguration(ctx, id, apartmentColumnsKey, columns)
}

// SaveLateCheckIn replaces it whole.
func (s *Service) SaveLateCheckIn(ctx context.Context, id uuid.UUID, config LateCheckIn) error {
	return s.saveConfiguration(ctx, id, lateCheckInKey, config)
}

// saveConfiguration writes one key in one statement; an unknown company is
// db.ErrNotFound.
func (s *Service) saveConfiguration(ctx context.Context, id uuid.UUID, key string, value any) error {
	stored, err := json.Marshal(value)
	if err != nil {
		return err
	}
	rows, err := s.db.Queries().CompanyConfigurationSet(ctx, sqlc.CompanyConfigurationSetParams{ID: id, Key: key, Value: stored})
	if err == nil && rows == 0 {
		return db.ErrNotFound
	}
	return err
}

// readApartmentColumns answers nil for a value that is absent or that neither
// service could have written: it counts as never saved.
func readApartmentColumns(stored []byte) *ApartmentColumns {
	var columns *ApartmentColumns
	if json.Unmarshal(stored, &columns) != nil {
		return nil
	}
	return columns
}

// readLateCheckIn gives the default for whatever is absent or unreadable.
func readLateCheckIn(stored []byte) LateCheckIn {
	config := LateCheckIn{}
	if json.Unmarshal(stored, &config) != nil {
		config = LateCheckIn{}
	}
	if new(scalar.LocalTime).UnmarshalGQL(string(config.Cutoff)) != nil {
		config.Cutoff = defaultCutoff
	}
	return config
}
