package funnel

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/memory"
)

func TestUpload(t *testing.T) {
	e := engine.Open(memory.New(), engine.Options{})
	admin := access.System("test")
	upload := func(actor access.Actor, files ...File) (made []engine.Definition, problems []bpmn.Problem, err error) {
		err = e.Update(context.Background(), func(tx *engine.Tx) error {
			made, problems, err = Upload(tx, actor, files)
			return err
		})
		return made, problems, err
	}
	diagram := File{"sales/deal.bpmn", []byte(one())}
	labels := File{"deal.en.properties", []byte("meet = Meet the client")}
	template := File{"contract.txt", []byte("Contract ${number}")}

	var denied *access.Denied
	if _, _, err := upload(access.Actor{ID: "ann"}, diagram); !errors.As(err, &denied) {
		t.Error(err)
	}
	for code, files := range map[string][]File{
		"no_diagram":      {labels},
		"labels_invalid":  {diagram, {"deal.en.properties", []byte("?")}},
		"accidental_fork": {{"deal.bpmn", []byte(draw("funnel.kind=deal", stage("meet"), stage("sign"), stage("pay"), flows("meet > sign, meet > pay")))}},
	} {
		made, problems, err := upload(admin, files...)
		if err != nil || len(made) > 0 || !slices.ContainsFunc(problems, func(p bpmn.Problem) bool { return p.Code == code }) {
			t.Errorf("%s: %v %v %v", code, made, problems, err)
		}
	}
	_, problems, _ := upload(admin, diagram, File{"deal.en.properties", []byte("?")}, File{"other.bpmn", []byte("<x/>")})
	for _, file := range []string{"deal.en.properties", "other.bpmn"} {
		if !slices.ContainsFunc(problems, func(p bpmn.Problem) bool { return p.File == file && p.Severity == bpmn.SeverityError }) {
			t.Errorf("no error in %s: %v", file, problems)
		}
	}
	for range 2 { // the same bytes make no second version
		made, problems, err := upload(admin, diagram, labels, template)
		if err != nil || len(made) != 1 || made[0].ID != "deal:1" || bpmn.Severe(problems) {
			t.Fatalf("%v %v %v", made, problems, err)
		}
	}
	err := e.View(context.Background(), func(tx *engine.Tx) error {
		english, err := Load(tx, "deal:1", "en")
		if err != nil {
			return err
		}
		own, err := Load(tx, "deal:1", "")
		if err != nil {
			return err
		}
		if english.Stage("meet").Name != "Meet the client" || own.Stage("meet").Name != "Meet" {
			t.Errorf("%q %q", english.Stage("meet").Name, own.Stage("meet").Name)
		}
		all, err := Newest(tx, "en")
		if err != nil || len(all) != 1 || all[0].Stage("meet").Name != "Meet the client" {
			t.Errorf("%v %v", all, err)
		}
		text, err := Template(tx, "deal:1", "contract.txt")
		if err != nil || !strings.HasPrefix(string(text), "Contract") {
			t.Errorf("%q %v", text, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
