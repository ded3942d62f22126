package drivingschool

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// G5, its first half: a new required field. Living cards stay as they are until they are migrated, after a report.
func TestNewVersion(t *testing.T) {
	o := opened(t, "2026-03-16 10:00")
	stays, goes, past := o.deal("collect_documents"), o.deal("collect_documents"), o.deal("sign_contract")
	pack := fields{"passport": rows{{"series": "4021", "number": "000200"}}, "reg_address": "Садовая, 2", "snils_no": "000-200-005 00"}

	v1, v2 := o.upload(changed(t, "deals_b2c.bpmn", `<camunda:formField id="photo" label="Фото 3×4" type="file">`,
		`<camunda:formField id="inn_no" label="ИНН" type="string">
            <camunda:validation><camunda:constraint name="required"/></camunda:validation>
          </camunda:formField>
          `), "deals_b2c")
	if v1 == v2 {
		t.Fatal("the changed diagram made no new version")
	}

	// Who is not migrated goes on as he began.
	o.keep("receptionist", stays, "photo", "pd_consent_signed")
	o.must(o.advance("receptionist", stays, pack))
	o.stands(stays, "sign_contract")

	m := engine.Migration{From: v1, To: v2}
	report := o.migrate(m, true)
	if len(report) != 3 || len(report[goes].Stops) > 0 || report[goes].Done || report[goes].Moves[0] != "collect_documents" {
		t.Fatalf("the report: %v", report)
	}
	if o.card(goes).Definition != v1 {
		t.Error("a report migrated")
	}
	for id, one := range o.migrate(m, false) {
		if !one.Done || o.card(id).Definition != v2 {
			t.Errorf("%s did not go: %v", id, one.Stops)
		}
	}
	o.stands(goes, "collect_documents")
	o.keep("receptionist", goes, "photo", "pd_consent_signed")
	o.refuses(o.advance("receptionist", goes, pack), "field:inn_no")
	pack["inn_no"] = "000000000000"
	o.must(o.advance("receptionist", goes, pack))
	o.stands(past, "sign_contract") // what is behind it is not asked again
}

// A listener drawn before another one takes nothing from it when living cards are migrated.
func TestNewListener(t *testing.T) {
	o := opened(t, "2026-03-16 10:00")
	id := o.deal("sign_contract")
	v1, v2 := o.upload(changed(t, "deals_b2c.bpmn", beforeListeners, pushing("receive_prepayment")), "deals_b2c")
	o.migrate(engine.Migration{From: v1, To: v2}, false)
	o.at("2026-03-16 18:00")
	o.view(func(tx *engine.Tx) error {
		i, err := tx.Instance(id)
		if err == nil && len(i.Jobs) == 0 && len(i.Incidents) == 0 {
			t.Error("the new timer did not fire within its hour")
		}
		return err
	})
}

// changed are the school's files with something put before a place of one of them.
func changed(t *testing.T, file, before, more string) []funnel.File {
	t.Helper()
	all := Files()
	for n := range all {
		if all[n].Name == file {
			if !bytes.Contains(all[n].Data, []byte(before)) {
				t.Fatalf("%s has no %s", file, before)
			}
			all[n].Data = bytes.Replace(all[n].Data, []byte(before), []byte(more+before), 1)
		}
	}
	return all
}

// upload uploads files and gives the version of a process before and after.
func (o *office) upload(files []funnel.File, process string) (before, after string) {
	o.Helper()
	o.must(o.Engine.Update(o.Context(), func(tx *engine.Tx) error {
		d, err := tx.Latest(process)
		if err != nil {
			return err
		}
		before = d.ID
		if _, problems, err := funnel.Upload(tx, Actor("admin"), files); err != nil || bpmn.Severe(problems) {
			return fmt.Errorf("%w; problems: %v", err, problems)
		}
		d, err = tx.Latest(process)
		if err == nil {
			after = d.ID
		}
		return err
	}))
	return before, after
}

func (o *office) migrate(m engine.Migration, dry bool) map[string]*engine.Migrated {
	o.Helper()
	all := map[string]*engine.Migrated{}
	o.must(o.Engine.MigrateAll(o.Context(), m, dry, func(one *engine.Migrated) { all[one.Instance] = one }))
	return all
}
