package drivingschool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// Story tells in a terminal how the diagrams are executed: one lead's way to a licence, told as it happens on a store of its own. What
// it says of people, numbers and refusals it reads from the cards.
type Story struct {
	School  // just opened, its clock before StoryBegins
	Out     io.Writer
	English bool
	Color   bool
	Pause   func(context.Context) // between two lines; nil: none

	ctx  context.Context
	date string
	down int   // attempts that mail is still going to fail
	err  error // the first thing that did not go as told
}

// StoryBegins is the day on which the story begins: a Monday.
func StoryBegins() time.Time { return time.Date(2026, time.March, 16, 9, 0, 0, 0, Zone) }

// Tell tells it.
func (s *Story) Tell(ctx context.Context) error {
	s.ctx = ctx
	s.breakMail()
	lead := s.request()
	deal := s.converted(lead)
	s.mailDown(deal)
	s.minor(deal)
	s.sold(deal)
	s.licence(deal)
	s.changed()
	if s.err == nil {
		s.err = ctx.Err()
	}
	return s.err
}

// request is a lead that waits too long.
func (s *Story) request() string {
	s.at("2026-03-16 10:05")
	lead := s.create(access.System("intake"), "leads", fields{
		"full_name": s.anna(), "phone": "+7 921 000-00-05", "email": "anna@example.com", "source": "yandex_direct", "comm_channel": "site_chat",
		"branch": "north", "pd_consent": true, "pd_consent_at": s.Clock.Now(),
	})
	s.says(note, "Заявка с сайта: %s, филиал «Север»", "A request from the site: %s, North branch", s.anna())
	s.says(machine, "Ответственный по кругу: %s", "Owner by round robin: %s", s.name(s.owner(lead)))
	s.at("2026-03-16 10:20")
	if s.is(lead, "sla", "yellow") {
		s.says(ticked, "15 рабочих минут без ответа: карточка пожелтела", "15 working minutes without an answer: the card turns yellow")
	}
	s.at("2026-03-16 10:24")
	s.refused("lead_manager", lead, nil)
	s.at("2026-03-16 10:26")
	s.moves("lead_manager", lead, fields{"first_touch_at": s.Clock.Now()})
	s.moves("lead_manager", lead, fields{
		"client_type": "B2C", "category": "B", "gearbox": "AT", "desired_start": "now", "schedule": []string{"evening"}, "birth_date": "2008-07-14",
	})
	return lead
}

// converted is the deal that comes of a lead.
func (s *Story) converted(lead string) string {
	s.at("2026-03-16 10:40")
	s.do(func(tx *engine.Tx) error {
		return s.Cards.Advance(tx, s.actor("lead_manager"), lead, card.Advance{Fields: fields{
			"pay_form": "installment", "next_contact_at": s.Clock.Now().Add(80 * time.Minute), "comment": "Хочет начать с ближайшей группы",
		}.raw()})
	})
	deal := s.card(lead).To
	s.says(onward, "Лид стал сделкой: контакт заведён, поля перешли, продажу ведёт %s",
		"The lead is a deal: the contact is made, the fields went along, %s has the sale", s.name(s.owner(deal)))
	return deal
}

// mailDown is a robot that fails beside a stage, and the deal that goes on.
func (s *Story) mailDown(deal string) {
	s.at("2026-03-16 12:00")
	s.down = 2
	s.moves("sales_manager", deal, fields{"consult_at": s.Clock.Now(), "consult_form": "phone", "objections": []string{"time"}})
	s.at("2026-03-16 12:03")
	s.moves("sales_manager", deal, fields{"items": rows{Price("B-AT-STD").row(1), Price("BOOK").row(1)}, "pay_plan": "two"})
	s.says(note, "Сумма сделки: %s", "The deal is worth %s", roubles(s.card(deal)))
	s.at("2026-03-16 12:10")
}

// breakMail puts a mail robot in the place of the built-in one that fails as often as it is told to.
func (s *Story) breakMail() {
	mail := s.Worker.Handlers["email"]
	s.Worker.Handlers["email"] = func(ctx context.Context, job engine.Claimed) (engine.Outcome, error) {
		switch {
		case s.down > 0:
			s.down--
			s.says(broken, "Робот «почта»: сервер не отвечает, попытка %d. Сделка не ждёт", "Robot “mail”: the server is down, attempt %d. The deal does not wait", job.Attempt)
			return engine.Outcome{}, errors.New("mail is down")
		case job.Attempt > 1:
			s.says(machine, "Робот «почта»: попытка %d, письмо ушло", "Robot “mail”: attempt %d, the letter is out", job.Attempt)
			return engine.Outcome{}, nil
		}
		return mail(ctx, job)
	}
}

// minor is the pack of documents of somebody who is seventeen.
func (s *Story) minor(deal string) {
	s.at("2026-03-17 15:00")
	s.keeps("yulia", deal, "photo", "pd_consent_signed")
	pack := fields{"passport": rows{{"series": "0000", "number": "000117"}}, "reg_address": "Садовая, 1", "snils_no": "000-117-005 00"}
	s.says(note, "%s принесла документы. Ей 17 лет", "%s has brought her papers. She is 17", s.anna())
	s.refused("yulia", deal, pack)
	s.keeps("yulia", deal, "parent_consent")
	s.do(func(tx *engine.Tx) error {
		parent, err := contact.Create(tx, s.actor("yulia"), contact.Contact{Name: s.in("Мария Кузнецова", "Maria Kuznetsova"), Phones: []string{"+7 921 000-00-06"}})
		if err == nil {
			pack["parent"] = parent.ID
		}
		return err
	})
	s.says(note, "Мама подписала согласие, скан в карточке", "Her mother has signed the consent, the scan is on the card")
	s.moves("yulia", deal, pack)
}

// sold is the contract and the first money.
func (s *Story) sold(deal string) {
	s.at("2026-03-18 11:00")
	var number string
	s.do(func(tx *engine.Tx) error {
		p, err := s.Cards.Handle(tx, s.actor("sales_manager"), deal, "contract", funnel.Create, 0)
		if err == nil {
			number = p.Number
		}
		return err
	})
	s.keeps("sales_manager", deal, "contract_file")
	s.says(machine, "Договор № %s", "Contract %s", number)
	s.moves("sales_manager", deal, fields{
		"contract_no": number, "contract_date": "2026-03-18", "sign_way": "paper",
		"schedule_pay": rows{{"due": "2026-03-18", "amount": "20000"}, {"due": "2026-04-18", "amount": "33100"}},
	})
	s.at("2026-03-18 16:00")
	s.writes("accountant", deal, fields{"paid": "20000"})
	s.says(onward, "%s подтвердила 20 000 ₽: сделка сама перешла в «%s»", "%s confirmed 20,000 ₽: the deal went on to “%s” by itself", s.name("accountant"), s.where(deal))
	s.moves("yulia", deal, fields{"group": "N-12", "group_start": "2026-03-23", "car": "at1"})
	s.says(note, "Три дорожки сразу: теория, вождение, справка и платежи", "Three tracks at once: theory, driving, papers and money")
}

// licence is the training, the birthday and the exam.
func (s *Story) licence(deal string) {
	s.at("2026-05-20 19:00")
	s.keeps("yulia", deal, "med_cert")
	s.writes("yulia", deal, fields{"med_no": "003-117", "med_date": "2026-04-20", "med_valid_till": "2027-04-20"})
	s.writes("accountant", deal, fields{"paid": "53100"})
	s.writes("teacher", deal, fields{"theory_done": 130})
	s.writes("lena", deal, fields{"drive_done": 54, "yard_passed": true})
	s.says(onward, "Часы откатаны, долга нет: сделка сама дошла до «%s»", "All hours done, no debt: the deal came to “%s” by itself", s.where(deal))
	s.at("2026-05-25 12:00")
	s.writes("teacher", deal, fields{"int_theory": "pass", "int_theory_on": "2026-05-25"})
	s.moves("lena", deal, fields{"int_drive": "pass", "int_drive_on": "2026-05-25"})
	s.moves("yulia", deal, fields{"diploma_no": "78-000117", "diploma_date": "2026-05-26"})
	application := fields{"gai_dept": "gai_1", "gai_appl_no": "А-1", "gai_date": "2026-07-20"}
	s.refused("yulia", deal, application)
	s.at("2026-07-14 10:00")
	s.says(ticked, "%s исполнилось 18: таймер напомнил администратору", "%s is 18 today: the timer told the receptionist", s.in("Анне", "Anna"))
	s.moves("yulia", deal, application)
	s.at("2026-07-20 15:00")
	s.do(func(tx *engine.Tx) error {
		return s.Cards.Advance(tx, s.actor("yulia"), deal, card.Advance{Fields: fields{
			"gai_exam_on": "2026-07-20", "gai_theory": "pass", "gai_city": "pass", "licence_no": "99 00 000117",
		}.raw()})
	})
	if c := s.card(deal); c.Outcome == funnel.Won {
		s.says(victory, "Права получены, сделка выиграна: %s", "She has her licence, the deal is won: %s", roubles(c))
	}
}

// changed is a required field that is added to the diagram while a deal stands there.
func (s *Story) changed() {
	s.at("2026-07-21 10:00")
	pyotr := s.in("Пётр Волков", "Pyotr Volkov")
	deal := s.create(s.actor("denis"), "deals_b2c", fields{
		"full_name": pyotr, "phone": "+7 921 000-00-31", "source": "walk_in", "comm_channel": "office", "owner": "denis", "category": "B",
		"gearbox": "MT", "branch": "center", "birth_date": "1999-02-11",
	})
	s.advance("denis", deal, fields{"consult_at": s.Clock.Now(), "consult_form": "office", "objections": []string{"none"}})
	s.advance("denis", deal, fields{"items": rows{Price("B-MT-STD").row(1)}, "pay_plan": "full"})
	s.keeps("receptionist", deal, "pd_consent_signed")
	s.writes("receptionist", deal, fields{"passport": rows{{"series": "0000", "number": "000200"}}, "reg_address": "Садовая, 2", "snils_no": "000-200-005 00"})
	s.says(note, "Другая сделка: %s, «%s»", "Another deal: %s, “%s”", pyotr, s.where(deal))
	s.refused("receptionist", deal, nil)
	s.keeps("receptionist", deal, "photo")
	s.says(note, "Фото есть: теперь можно", "The photo is there: now it may move")

	s.at("2026-07-21 11:00")
	m := s.upload()
	s.says(note, "%s добавила на схему обязательное поле «%s» и загрузила её: версия 2", "%s has added a required field “%s” to the diagram and uploaded it: version 2",
		s.name("admin"), s.in("ИНН", "Taxpayer number"))
	for _, dry := range []bool{true, false} {
		count := 0
		s.must(s.Engine.MigrateAll(s.ctx, m, dry, func(one *engine.Migrated) {
			if len(one.Stops) == 0 {
				count++
			}
		}))
		if dry {
			s.says(note, "Отчёт: живых сделок, которые могут перейти, — %d. Переводим", "The report: living deals that can go, %d. They go", count)
		}
	}
	s.refused("receptionist", deal, nil)
	s.moves("receptionist", deal, fields{"inn_no": "000000000000"})
}

// upload uploads the B2C diagram with one required field more, and gives the way from the old version to the new one.
func (s *Story) upload() (m engine.Migration) {
	files := Files()
	for n, f := range files {
		const photo = `<camunda:formField id="photo"`
		switch f.Name {
		case "deals_b2c.bpmn":
			files[n].Data = bytes.Replace(f.Data, []byte(photo), []byte(`<camunda:formField id="inn_no" label="ИНН" type="string">
            <camunda:validation><camunda:constraint name="required"/></camunda:validation>
          </camunda:formField>
          `+photo), 1)
		case "deals_b2c.en.properties":
			files[n].Data = append(bytes.Clone(f.Data), "\nfield.inn_no=Taxpayer number\n"...)
		}
	}
	s.do(func(tx *engine.Tx) error {
		old, err := tx.Latest("deals_b2c")
		if err != nil {
			return err
		}
		if _, problems, err := funnel.Upload(tx, s.actor("admin"), files); err != nil || bpmn.Severe(problems) {
			return fmt.Errorf("upload: %w %v", err, problems)
		}
		fresh, err := tx.Latest("deals_b2c")
		if err == nil {
			m = engine.Migration{From: old.ID, To: fresh.ID}
		}
		return err
	})
	return m
}

func (s *Story) anna() string { return s.in("Анна Кузнецова", "Anna Kuznetsova") }

func (s *Story) in(ru, en string) string {
	if s.English {
		return en
	}
	return ru
}

func roubles(c *card.Card) string {
	digits := fmt.Sprint(int64(c.Amount) / 100)
	if len(digits) > 3 {
		digits = digits[:len(digits)-3] + "\u202f" + digits[len(digits)-3:]
	}
	return digits + " ₽"
}

// What a line is about: its glyph and colour.
type about struct{ glyph, color string }

var (
	note    = about{"·", ""}
	onward  = about{"→", "34"}
	barred  = about{"✗", "31"}
	ticked  = about{"◷", "33"}
	machine = about{"⚙", "2"}
	broken  = about{"⚙", "35"}
	victory = about{"✓", "32"}
)

// says prints one line at the story's time, after the date where that is a new one.
func (s *Story) says(a about, ru, en string, args ...any) {
	if s.err != nil || s.ctx.Err() != nil {
		return
	}
	now := s.Clock.Now().In(Zone)
	if date := now.Format(time.DateOnly); date != s.date {
		s.date = date
		fmt.Fprintf(s.Out, "\n%s\n", s.paint("1", s.dated(now)))
	}
	fmt.Fprintf(s.Out, "%s %s %s\n", s.paint("2", now.Format("15:04")), s.paint(a.color, a.glyph), fmt.Sprintf(s.in(ru, en), args...))
	if s.Pause != nil {
		s.Pause(s.ctx)
	}
}

func (s *Story) paint(color, text string) string {
	if !s.Color || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func (s *Story) dated(t time.Time) string {
	if s.English {
		return t.Format("Mon 2 January")
	}
	days := []string{"вс", "пн", "вт", "ср", "чт", "пт", "сб"}
	months := []string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}
	return fmt.Sprintf("%s %d %s", days[t.Weekday()], t.Day(), months[t.Month()-1])
}

func (s *Story) must(err error) {
	if s.err == nil {
		s.err = err
	}
}

// at lets time go by.
func (s *Story) at(at string) {
	t, err := time.ParseInLocation("2006-01-02 15:04", at, Zone)
	s.must(err)
	if s.err == nil {
		s.must(s.Live(s.ctx, t))
	}
}

func (s *Story) actor(who string) access.Actor {
	a := Actor(who)
	a.Language = s.in("ru", "en")
	return a
}

// do is one deed, and what the robots do because of it.
func (s *Story) do(fn func(tx *engine.Tx) error) {
	if s.err == nil {
		s.must(s.Engine.Update(s.ctx, fn))
	}
	if s.err == nil {
		s.must(s.Live(s.ctx, s.Clock.Now()))
	}
}

func (s *Story) create(actor access.Actor, process string, f fields) (id string) {
	s.do(func(tx *engine.Tx) (err error) {
		id, err = s.Cards.Create(tx, actor, card.Draft{Funnel: process, Fields: f.raw()})
		return err
	})
	return id
}

func (s *Story) writes(who, id string, f fields) {
	s.do(func(tx *engine.Tx) error { return s.Cards.Write(tx, s.actor(who), id, f.raw(), 0) })
}

func (s *Story) keeps(who, id string, keys ...string) {
	s.do(func(tx *engine.Tx) error { return (&act{tx, s.Cards, who}).keep(id, keys...) })
}

func (s *Story) advance(who, id string, f fields) {
	s.do(func(tx *engine.Tx) error { return s.Cards.Advance(tx, s.actor(who), id, card.Advance{Fields: f.raw()}) })
}

// moves is a move, told.
func (s *Story) moves(who, id string, f fields) {
	from := s.where(id)
	if s.err == nil {
		s.must(s.Engine.Update(s.ctx, func(tx *engine.Tx) error {
			return s.Cards.Advance(tx, s.actor(who), id, card.Advance{Fields: f.raw()})
		}))
	}
	s.says(onward, "%s: «%s» → «%s»", "%s: “%s” → “%s”", s.name(who), from, s.where(id))
	s.do(func(*engine.Tx) error { return nil })
}

// refused is a move that is not allowed, told with all that is missing.
func (s *Story) refused(who, id string, f fields) {
	if s.err != nil {
		return
	}
	err := s.Engine.Update(s.ctx, func(tx *engine.Tx) error {
		return s.Cards.Advance(tx, s.actor(who), id, card.Advance{Fields: f.raw()})
	})
	var r *card.Refusal
	if !errors.As(err, &r) {
		s.must(fmt.Errorf("the move out of %s was to be refused: %w", s.where(id), err))
		return
	}
	all := make([]string, len(r.Missing))
	for n, m := range r.Missing {
		all[n] = m.Message
	}
	s.says(barred, "%s: из «%s» дальше нельзя. %s", "%s: no way on from “%s”. %s", s.name(who), s.where(id), strings.Join(all, "; "))
}

func (s *Story) card(id string) *card.Card {
	c := &card.Card{}
	if s.err == nil {
		s.must(s.Engine.View(s.ctx, func(tx *engine.Tx) (err error) {
			c, err = s.Cards.Load(tx, id)
			return err
		}))
	}
	return c
}

func (s *Story) owner(id string) string { return s.card(id).Owner }

// is tells whether a field of a card has a value.
func (s *Story) is(id, key, value string) (same bool) {
	if s.err == nil {
		s.must(s.Engine.View(s.ctx, func(tx *engine.Tx) error {
			i, err := tx.Instance(id)
			same = err == nil && string(i.Variable(key)) == `"`+value+`"`
			return err
		}))
	}
	return same
}

// where is the name of the stage that a card stands in.
func (s *Story) where(id string) (name string) {
	if s.err == nil {
		s.must(s.Engine.View(s.ctx, func(tx *engine.Tx) error {
			p, err := s.Cards.Page(tx, s.actor("head_of_sales"), id)
			if err == nil && p.Stand != nil {
				name = p.Funnel.NameOf(p.Stand.Stage)
			}
			return err
		}))
	}
	return name
}

// name is what people call somebody of the school.
func (s *Story) name(who string) string {
	names := map[string]string{
		"lead_manager": "Irina", "pasha": "Pasha", "sales_manager": "Olga", "denis": "Denis", "receptionist": "Sveta", "yulia": "Yulia",
		"accountant": "Nina", "lena": "Lena", "admin": "Daria",
	}
	if s.English && names[who] != "" {
		return names[who]
	}
	for _, p := range People {
		if p.ID == who {
			return p.Name
		}
	}
	return who
}
