// Package drivingschool is the demo: the driving school «Поворот», its three funnels as an analyst drew them, its people, and a
// quarter of a year of its sales, made from a fixed seed.
package drivingschool

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

//go:embed *.bpmn *.properties
var files embed.FS

// Password is everyone's, in the demo only.
const Password = "demo"

// Hash is Password as it is kept. It is ready made, because the product refuses to hash one so short.
const Hash access.Hash = "$argon2id$v=19$m=19456,t=2,p=1$dm9yb25rYSBkZW1vIyMjIw$r+DyGmSD/vdgIm/LzuW6kM4QVzRjJqfSMet5PS6vy7c"

// Files are the school's diagrams and their labels, as they are uploaded.
func Files() []funnel.File {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		panic(err) // they are embedded
	}
	var all []funnel.File
	for _, e := range entries {
		data, err := files.ReadFile(path.Join(".", e.Name()))
		if err != nil {
			panic(err)
		}
		all = append(all, funnel.File{Name: e.Name(), Data: data})
	}
	return all
}

// Branches of the school.
var Branches = []funnel.Choice{{Code: "center", Name: "Центр"}, {Code: "north", Name: "Север"}, {Code: "river", Name: "Заречный"}}

// People are the school's fifteen. The first of each role signs in by the role's name.
var People = []access.User{
	person("receptionist", "Света", "center", "receptionist"),
	person("yulia", "Юля", "north", "receptionist"),
	person("kira", "Кира", "river", "receptionist"),
	person("lead_manager", "Ирина", "", "lead_manager"),
	person("pasha", "Паша", "", "lead_manager"),
	person("sales_manager", "Ольга", "north", "sales_manager"),
	person("denis", "Денис", "center", "sales_manager"),
	person("timur", "Тимур", "river", "sales_manager"),
	person("accountant", "Нина Петровна", "", "accountant"),
	person("instructor", "Андрей", "center", "instructor"),
	person("sergey", "Сергей", "river", "instructor"),
	person("lena", "Лена", "north", "instructor"),
	person("teacher", "Марина", "", "teacher"),
	person("head_of_sales", "Вадим", "", "head_of_sales"),
	person("admin", "Дарья", "", "admin"),
}

func person(login, name, branch, role string) access.User {
	return access.User{ID: login, Name: name, Roles: []string{role}, Branch: branch, Language: "ru", Active: true}
}

// Actor is one of the school's people as one who acts.
func Actor(login string) access.Actor {
	for _, p := range People {
		if p.ID == login {
			return p.Actor()
		}
	}
	panic("the school has no " + login)
}

// Open sets the school up: its people and its funnels. The password is hashed once for all of them.
func Open(tx *engine.Tx, hash access.Hash) error {
	for _, p := range People {
		if _, err := access.Create(tx, access.System("demo"), p, hash); err != nil {
			return err
		}
	}
	_, problems, err := funnel.Upload(tx, access.System("demo"), Files())
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.Severity == bpmn.SeverityError {
			return fmt.Errorf("the school's diagrams: line %d: %s", p.Line, p.Message)
		}
	}
	return nil
}

// roles are the school's, as people call them in both languages.
var roles = map[string][2]string{
	"receptionist": {"Администратор", "Receptionist"}, "lead_manager": {"Менеджер по лидам", "Lead manager"},
	"sales_manager": {"Менеджер по продажам", "Sales manager"}, "accountant": {"Бухгалтер", "Accountant"},
	"instructor": {"Инструктор", "Instructor"}, "teacher": {"Преподаватель", "Teacher"},
	"head_of_sales": {"РОП", "Head of sales"}, "admin": {"Интегратор", "Administrator"},
}

// RoleName is what people call a role.
func RoleName(role, language string) string {
	if language == "en" {
		return roles[role][1]
	}
	return roles[role][0]
}

// Here tells whether the school was opened over this store.
func Here(tx *engine.Tx) (bool, error) {
	for _, p := range People {
		if u, err := access.Find(tx, p.ID); err != nil || u == nil {
			return false, err
		}
	}
	_, err := tx.Latest("deals_b2c")
	if errors.Is(err, engine.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
