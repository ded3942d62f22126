package drivingschool

import (
	"testing"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// Everyone signs in with the demo's password, and it is kept as the product keeps passwords today.
func TestPassword(t *testing.T) {
	o := opened(t, "2026-03-13 12:00")
	o.view(func(tx *engine.Tx) error {
		for _, p := range People {
			u, err := access.Find(tx, p.ID)
			if err != nil {
				return err
			}
			if u.Verify(Password) != nil || u.Outdated() {
				t.Errorf("%s can't sign in, or the hash is outdated", p.ID)
			}
		}
		return nil
	})
}
