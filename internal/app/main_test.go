package app_test

import (
	"os"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }
