package contact_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
)

var olga = access.Actor{ID: "olga", Name: "Ольга"}

func open(t *testing.T) func(func(tx *engine.Tx) error) {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	e := engine.Open(store, engine.Options{})
	return func(fn func(tx *engine.Tx) error) {
		t.Helper()
		if err := e.Update(context.Background(), fn); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEnsure(t *testing.T) {
	do := open(t)
	var anna *contact.Contact
	steps := []struct {
		name    string
		give    contact.Contact
		created bool
		want    string // name phones emails
	}{
		{"a new one", contact.Contact{Name: " Анна ", Phones: []string{"8 (916) 123-45-67"}}, true, "Анна [+79161234567] []"},
		{"by phone, the e-mail is filled in", contact.Contact{Name: "Аня", Phones: []string{"+7 916 123 45 67"}, Emails: []string{"Anna@Example.COM"}}, false, "Анна [+79161234567] [anna@example.com]"},
		{"by e-mail, nothing is overwritten", contact.Contact{Phones: []string{"+79160000000"}, Emails: []string{"anna@example.com"}}, false, "Анна [+79161234567] [anna@example.com]"},
		{"a company with the same phone is another", contact.Contact{Kind: contact.Company, Name: "ООО", Phones: []string{"+79161234567"}}, true, "ООО [+79161234567] []"},
		{"nothing in common", contact.Contact{Name: "Анна"}, true, "Анна [] []"},
	}
	for n, s := range steps {
		do(func(tx *engine.Tx) error {
			c, created, err := contact.Ensure(tx, olga, s.give)
			if err != nil {
				return err
			}
			if n == 0 {
				anna = c
			}
			if got := fmt.Sprint(c.Name, " ", c.Phones, " ", c.Emails); got != s.want || created != s.created {
				t.Errorf("%s: %s, created %v", s.name, got, created)
			}
			return nil
		})
	}
	do(func(tx *engine.Tx) error {
		c, err := contact.Lookup(tx, anna.ID)
		if err == nil && c.By != "olga" {
			t.Errorf("changed by %q", c.By)
		}
		return err
	})
}

func TestInvalid(t *testing.T) {
	do := open(t)
	for _, c := range []struct {
		give contact.Contact
		want string
	}{
		{contact.Contact{}, "name: required"},
		{contact.Contact{Phones: []string{"12"}}, "phone: malformed"},
		{contact.Contact{Emails: []string{"a@b"}}, "email: malformed"},
		{contact.Contact{Emails: []string{"Anna <anna@example.com>"}}, "email: malformed"},
		{contact.Contact{Kind: contact.Company, INN: "7707083894"}, "inn: malformed"},
		{contact.Contact{Kind: "dog", Name: "x"}, "kind: unknown"},
		{contact.Contact{Name: "a\x00b"}, "name: malformed"},
		{contact.Contact{Name: "a", Company: "nobody"}, "company: unknown"},
	} {
		do(func(tx *engine.Tx) error {
			_, _, err := contact.Ensure(tx, olga, c.give)
			if fmt.Sprint(err) != c.want {
				t.Errorf("%+v: %v, not %s", c.give, err, c.want)
			}
			return nil
		})
	}
	do(func(tx *engine.Tx) error {
		if _, err := contact.Create(tx, access.Actor{}, contact.Contact{Name: "x"}); !errors.Is(err, access.ErrNobody) {
			t.Errorf("nobody: %v", err)
		}
		return nil
	})
}

func TestSearch(t *testing.T) {
	do := open(t)
	do(func(tx *engine.Tx) error {
		for _, c := range []contact.Contact{
			{Name: "Алёна Анисимова", Phones: []string{"+79161234567"}},
			{Name: "Анна Алексеевна Петрова-Водкина", Emails: []string{"petrova@example.com"}},
			{Kind: contact.Company, Name: "ООО «Логистика-Юг»", INN: "7707083893"},
		} {
			if _, err := contact.Create(tx, olga, c); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		question string
		want     string
	}{
		{"алена", "[Алёна Анисимова]"},
		{"ан", "[Алёна Анисимова Анна Алексеевна Петрова-Водкина]"},
		{"а", "[Анна Алексеевна Петрова-Водкина Алёна Анисимова]"},
		{"водк анна", "[Анна Алексеевна Петрова-Водкина]"},
		{"8 916 12", "[Алёна Анисимова]"},
		{"+7 (916) 123", "[Алёна Анисимова]"},
		{"4567", "[Алёна Анисимова]"},
		{"Petrova@", "[Анна Алексеевна Петрова-Водкина]"},
		{"77070", "[ООО «Логистика-Юг»]"},
		{"юг", "[ООО «Логистика-Юг»]"},
		{"никто", "[]"},
		{"  ", "[]"},
	} {
		for _, limit := range []int{1, 10} { // pages of one come to the same
			var got []string
			do(func(tx *engine.Tx) error {
				got = nil
				for after := ""; ; {
					page, next, err := contact.Search(tx, c.question, after, limit)
					if err != nil {
						return err
					}
					for _, found := range page {
						got = append(got, found.Name)
					}
					if after = next; next == "" {
						return nil
					}
				}
			})
			if fmt.Sprint(got) != c.want {
				t.Errorf("%q by %d: %v, not %s", c.question, limit, got, c.want)
			}
		}
	}
}

func TestMergeAndChange(t *testing.T) {
	do := open(t)
	do(func(tx *engine.Tx) error {
		firm, err := contact.Create(tx, olga, contact.Contact{Kind: contact.Company, Name: "Юг"})
		if err != nil {
			return err
		}
		twin, err := contact.Create(tx, olga, contact.Contact{Kind: contact.Company, Name: "Юг 2", INN: "7707083893"})
		if err != nil {
			return err
		}
		ivan, err := contact.Create(tx, olga, contact.Contact{Name: "Иван", Company: twin.ID})
		if err != nil {
			return err
		}
		if _, err := contact.Merge(tx, olga, firm.ID, twin.ID); err != nil {
			return err
		}
		if c, err := contact.Lookup(tx, twin.ID); err != nil || c.ID != firm.ID || c.INN != "7707083893" {
			t.Errorf("%+v %v", c, err)
		}
		if people, err := contact.People(tx, firm.ID); err != nil || len(people) != 1 || people[0].ID != ivan.ID {
			t.Errorf("%v %v", people, err)
		}
		if all, _, err := contact.List(tx, "", 10); err != nil || len(all) != 2 {
			t.Errorf("%v %v", all, err)
		}
		name := "Иван Грозный"
		if _, err := contact.Apply(tx, olga, ivan.ID, 99, contact.Change{Name: &name}); !errors.Is(err, storage.ErrStale) {
			t.Errorf("stale: %v", err)
		}
		c, err := contact.Apply(tx, olga, ivan.ID, 0, contact.Change{Name: &name})
		if err == nil && c.Name != name {
			t.Errorf("%+v", c)
		}
		return err
	})
}
