package card

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/bolt"
)

const school = "../../examples/drivingschool"

// The beginning of the school's happy path on a store on disk: a request becomes a deal, a minor's papers are refused until they are
// whole, a contract is signed.
func TestDrivingSchool(t *testing.T) {
	store, err := bolt.Open(filepath.Join(t.TempDir(), "school.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := over(t, store)
	d.opts.FileSize = 1 << 20
	var files []engine.Source
	for _, name := range []string{"leads", "deals_b2c", "deals_b2b"} {
		xml, err := os.ReadFile(filepath.Join(school, name+".bpmn"))
		if err != nil {
			t.Skip(err)
		}
		files = append(files, engine.Source{File: name + ".bpmn", XML: xml})
	}
	d.deploy(files...)
	actor := func(id, role string) access.Actor {
		d.must(d.update(func(tx *engine.Tx) error {
			_, err := access.Create(tx, access.System("test"), access.User{ID: id, Name: id, Roles: []string{role}}, "")
			return err
		}))
		return access.Actor{ID: id, Name: id, Roles: []string{role}, Language: "ru"}
	}
	sveta, irina, olga := actor("sveta", "receptionist"), actor("irina", "lead_manager"), actor("olga", "sales_manager")

	d.now = time.Date(2026, 3, 14, 7, 5, 0, 0, time.UTC) // Saturday 10:05 in Moscow
	lead := d.create(sveta, "leads", "full_name=Анна Смирнова; phone=8 900 123-45-67; source=yandex_direct; comm_channel=phone; branch=north; category=B")
	d.stands(lead, "register_request(assign_owner)")
	d.must(d.done(lead, "assign_owner", "owner=irina"))
	d.stands(lead, "make_contact") // registered by itself
	card := d.card(lead)
	if card.Title != "Анна Смирнова" || card.Owner != "irina" {
		t.Errorf("%+v", card)
	}
	if due := card.Stands[0].Due; due == nil || !due.Equal(d.now.Add(15*time.Minute)) {
		t.Errorf("due %v", due)
	}

	d.now = d.now.Add(7 * time.Minute)
	d.refuses(d.advance(sveta, lead, "", ""), "role:lead_manager field:first_touch_at field:pd_consent")
	d.must(d.advance(irina, lead, "", `first_touch_at=14.03.2026 10:12; pd_consent=true`))
	d.stands(lead, "identify_need")
	d.must(d.advance(irina, lead, "", `client_type=B2C; gearbox=AT; desired_start=now; schedule=["evening"]; birth_date=14.07.2008`+d.documents(irina, lead)))
	d.stands(lead, "qualify_lead")
	if got := d.answers(irina, lead); !strings.HasSuffix(got, "identify_need back, qualify_lead here") {
		t.Error(got)
	}
	d.must(d.advance(irina, lead, "", `pay_form=installment; next_contact_at=16.03.2026 12:00; comment=Ждёт звонка в понедельник; deal_owner=olga`))
	d.stands(lead, "converted")

	deal := d.card(lead).To
	d.stands(deal, "hold_consultation")
	if card := d.card(deal); card.Owner != "olga" || card.From != lead || card.Contact == "" {
		t.Errorf("%+v", card)
	}
	d.refuses(d.reject(olga, deal, "no_docs", ""), "field:rejection")
	d.must(d.advance(olga, deal, "", "consult_at=16.03.2026 12:00; consult_form=office; objections=[\"far\"]"+d.documents(olga, deal)))
	d.stands(deal, "choose_programme")
	d.must(d.advance(olga, deal, "", `items=[{"sku":"B-AT-STD","name":"B","price":{"amount":5190000,"currency":"RUB"},"qty":1},{"sku":"BOOK","name":"Book","price":{"amount":120000,"currency":"RUB"},"qty":1}]; pay_plan=three`))
	if amount := d.card(deal).Amount; amount != 5310000 {
		t.Errorf("amount %s", amount)
	}
	d.stands(deal, "collect_documents")
	papers := `passport=[{"series":"4510","number":"123456"}]; reg_address=Москва; snils_no=112-233-445 95`
	d.refuses(d.advance(sveta, deal, "", papers), "field:photo field:pd_consent_signed field:parent field:parent_consent")
	d.refuses(d.advance(olga, deal, "", papers), "role:passport role:snils_no role:receptionist field:photo field:pd_consent_signed field:parent field:parent_consent")
	keep := func(who access.Actor, keys ...string) {
		for _, key := range keys {
			d.must(d.update(func(tx *engine.Tx) error {
				_, err := d.Keep(tx, who, deal, key, key+".jpg", []byte("\xff\xd8\xff "+key))
				return err
			}))
		}
	}
	keep(sveta, "photo", "pd_consent_signed", "parent_consent")
	d.must(d.advance(sveta, deal, "sign_contract", papers+"; parent="+d.card(deal).Contact))
	d.stands(deal, "sign_contract")

	keep(olga, "contract_file")
	var paper *Paper
	d.must(d.update(func(tx *engine.Tx) (err error) {
		paper, err = d.Handle(tx, olga, deal, "contract", funnel.Create, 0)
		return err
	}))
	if paper.Number != "ПВ-2026-north-0001" {
		t.Error(paper.Number)
	}
	parts := `contract_no=ПВ-2026-north-0001; contract_date=17.03.2026; sign_way=paper; schedule_pay=[{"due":"2026-03-20","amount":"20000"},{"due":"2026-04-20","amount":"16500"},{"due":"2026-05-20","amount":"%s"}]`
	d.refuses(d.advance(olga, deal, "", strings.Replace(parts, "%s", "16000", 1)), "rule:sum")
	d.must(d.advance(olga, deal, "", strings.Replace(parts, "%s", "16600", 1)))
	d.stands(deal, "receive_prepayment")
	if got := string(d.page(olga, deal).Fields["debt"]); got != "" && !strings.Contains(got, "5310000") {
		t.Error(got)
	}
	nina := actor("nina", "accountant")
	d.must(d.write(nina, deal, `paid="20000"`))
	d.stands(deal, "enrol_in_group") // the money is there: by itself
	d.tells(deal, "converted by robot", "advanced sign_contract by olga", "advanced receive_prepayment")
	if left := d.card(deal).Left; len(left) != 5 {
		t.Error(left)
	}
}

// documents does all that the open stage's documents ask for; it adds nothing to the fields.
func (d *desk) documents(who access.Actor, id string) string {
	d.Helper()
	p := d.page(who, id)
	var keys []string
	for _, task := range p.Tasks {
		for _, m := range task.Missing {
			if m.Kind == MissingDocument && !slices.Contains(keys, m.Key) {
				keys = append(keys, m.Key)
			}
		}
	}
	for _, key := range keys {
		for _, verb := range p.Funnel.Field(key).Document.Verbs {
			d.must(d.update(func(tx *engine.Tx) error {
				if verb == funnel.Keep {
					_, err := d.Keep(tx, who, id, key, key+".pdf", []byte("%PDF-1.4 "+key))
					return err
				}
				_, err := d.Handle(tx, who, id, key, verb, 0)
				return err
			}))
		}
	}
	return ""
}
