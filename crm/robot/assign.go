package robot

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/storage"
)

// assign chooses a person of a role for a field: by turns (round_robin), the one with the fewest open cards (least_busy), or the
// login that an expression gives. Those whom the filter does not let through are passed over; nobody left: the BPMN error "nobody".
func assign(r *run) (engine.Outcome, error) {
	field, role, by := r.text("field"), r.text("role"), cmp.Or(r.text("by"), "round_robin")
	return r.deed(func(tx *engine.Tx, id string) error {
		if field == "" || role == "" && by != "expression" {
			return r.tell(tx, id, "empty:"+cmp.Or(map[bool]string{true: "field"}[field == ""], "role"))
		}
		people, err := r.candidates(tx, id, role)
		if err != nil {
			return err
		}
		var chosen string
		switch by {
		case "round_robin":
			chosen, err = turn(tx, role, people)
		case "least_busy":
			chosen = leastBusy(people)
		default: // a login
			if slices.ContainsFunc(people, func(c candidate) bool { return c.ID == by }) {
				chosen = by
			}
		}
		switch {
		case err != nil:
			return err
		case chosen == "":
			return &engine.Thrown{Code: "nobody", Message: fmt.Sprintf("nobody of the role %s fits", role)}
		case field == "owner":
			return r.cards.Assign(tx, r.actor(), id, chosen, 0)
		}
		v, err := expression.Encode(chosen)
		if err != nil {
			return err
		}
		return r.cards.Set(tx, r.actor(), id, map[string]engine.Value{field: v})
	})
}

// candidate is a person who may be chosen.
type candidate struct {
	*access.User
	open int // cards
}

// candidates are the people of a role whom the filter lets through, in order of their logins.
func (r *run) candidates(tx *engine.Tx, id, role string) ([]candidate, error) {
	people, err := access.UsersByRole(tx, role)
	if err != nil {
		return nil, err
	}
	filter := r.text("filter")
	var all []candidate
	for _, u := range people {
		if !u.Active {
			continue
		}
		open, err := r.cards.Burden(tx, u.ID)
		if err != nil {
			return nil, err
		}
		if filter != "" {
			ok, err := r.cards.Judge(tx, id, filter, "user", map[string]any{
				"id": u.ID, "name": u.Name, "branch": u.Branch, "open_cards": open,
			})
			if err != nil {
				return nil, fmt.Errorf("filter %q: %w", filter, err)
			}
			if !ok {
				continue
			}
		}
		all = append(all, candidate{u, open})
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func leastBusy(people []candidate) string {
	if len(people) == 0 {
		return ""
	}
	return slices.MinFunc(people, func(a, b candidate) int { return cmp.Compare(a.open, b.open) }).ID
}

const kindTurn = "turn" // whose turn it was last, by role

// turn gives the one after the last, and keeps whose turn it was.
func turn(tx *engine.Tx, role string, people []candidate) (string, error) {
	if len(people) == 0 {
		return "", nil
	}
	ref := storage.Ref{Kind: kindTurn, ID: role}
	found, err := tx.Get(ref)
	if err != nil {
		return "", err
	}
	r := found[0]
	last := ""
	if r == nil {
		r = &storage.Record{Kind: ref.Kind, ID: ref.ID}
	} else if err := storage.Unmarshal(r.Data, &last); err != nil {
		return "", err
	}
	at := max(0, slices.IndexFunc(people, func(c candidate) bool { return c.ID > last }))
	if r.Data, err = storage.Marshal(people[at].ID); err != nil {
		return "", err
	}
	return people[at].ID, tx.Put(r)
}
