package drivingschool

import (
	"context"
	"testing"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/postgres"
	"github.com/voronka/voronka/storage/storagetest"
)

// The whole sale on PostgreSQL.
func TestOnPostgres(t *testing.T) {
	storagetest.Postgres(t)
	plain := place
	defer func() { place = plain }()
	place = func(t *testing.T) storage.Store {
		at := storagetest.Postgres(t)
		t.Cleanup(func() {
			if err := postgres.Drop(context.Background(), at); err != nil {
				t.Error(err)
			}
		})
		store, err := postgres.Open(t.Context(), at, postgres.Options{Conns: 4})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	for name, test := range map[string]func(*testing.T){
		"happy path": TestHappyPath, "refund": TestRefund, "refusal": TestRefusal, "discount": TestDiscount, "junk": TestJunk, "door": TestSameDoor,
		"due": TestDateTimers, "computed": TestComputedInOneDeed, "version": TestNewVersion, "listener": TestNewListener,
	} {
		t.Run(name, test)
	}
}
