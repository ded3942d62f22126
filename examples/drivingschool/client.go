package drivingschool

import (
	"fmt"
	"strconv"
	"time"
)

// client is a B2B deal, from its lead on.
type client struct {
	*request
	deal      string
	discount  int
	validTill time.Time // of the offer
}

func (p *past) client(n int) *client {
	c := &client{request: p.request()}
	c.company, c.headcount, c.category = companies[n], 4+n*2, "corp"
	c.channel, c.source = "email", "partner"
	return c
}

func (c *client) amount() int {
	return Price("CORP-SAFE").Price * c.headcount * (100 - c.discount) / 100
}

// act does something with the deal; as its owner where nobody is named.
func (c *client) act(wait time.Duration, who string, do func(a *act, id string) error) *deed {
	return c.then(wait, who, func(a *act) error {
		lead, err := a.cards.Load(a.tx, c.lead)
		if err != nil {
			return err
		}
		c.deal = lead.To
		if who == "" {
			owner, err := a.owner(c.deal)
			if err != nil {
				return err
			}
			a = a.as(owner)
		}
		return do(a, c.deal)
	})
}

// agreements are the steps of a B2B deal, in order of the diagram.
var agreements = []func(c *client){
	(*client).registers, (*client).decides, (*client).receives, (*client).agrees, (*client).signs, (*client).prepays, (*client).lists, (*client).learns, (*client).closes,
}

func (c *client) comes() {
	c.arrives()
	c.contacted()
	c.asked()
	c.qualified()
}

func (c *client) registers() {
	d := c.act(c.between(2*time.Hour, 8*time.Hour), "", func(a *act, id string) error {
		card, err := a.cards.Load(a.tx, id)
		if err != nil {
			return err
		}
		return a.advance(id, fields{"contact_lpr": card.Contact})
	})
	c.callback = func() time.Time { return d.at }
}

func (c *client) decides() {
	c.act(c.between(5*time.Hour, 20*time.Hour), "", func(a *act, id string) error {
		return a.advance(id, fields{
			"items": rows{Price("CORP-SAFE").row(c.headcount)}, "budget_month": day(a.now().AddDate(0, 1, 0)), "tender": false,
		})
	})
}

func (c *client) receives() {
	c.act(c.between(2*time.Hour, 15*time.Hour), "", func(a *act, id string) error {
		if _, err := a.made(id, "offer_b2b"); err != nil {
			return err
		}
		if err := a.sent(id, "offer_b2b"); err != nil {
			return err
		}
		till := c.validTill
		if till.IsZero() {
			till = a.now().AddDate(0, 0, 20)
		}
		return a.advance(id, fields{"kp_no": fmt.Sprintf("КП-%03d", c.number), "kp_valid_till": day(till)})
	})
}

func (c *client) agrees() {
	c.act(c.between(10*time.Hour, 30*time.Hour), "", func(a *act, id string) error {
		if err := a.keep(id, "spec_file"); err != nil {
			return err
		}
		return a.advance(id, fields{"discount": c.discount})
	})
}

func (c *client) signs() {
	c.act(c.between(10*time.Hour, 40*time.Hour), "", func(a *act, id string) error {
		number, err := a.made(id, "contract")
		if err != nil {
			return err
		}
		if err := a.keep(id, "contract_file", "contract"); err != nil {
			return err
		}
		return a.advance(id, fields{"contract_no": number, "contract_date": day(a.now())})
	})
}

// prepays is half of the money.
func (c *client) prepays() {
	c.act(c.between(10*time.Hour, 40*time.Hour), "accountant", func(a *act, id string) error {
		if _, err := a.made(id, "invoice"); err != nil {
			return err
		}
		return a.write(id, fields{"invoice_no": fmt.Sprintf("%04d", c.number), "paid": strconv.Itoa((c.amount() + 1) / 2)})
	})
}

func (c *client) lists() {
	c.act(c.between(10*time.Hour, 30*time.Hour), "receptionist", func(a *act, id string) error {
		if err := a.keep(id, "students_consents"); err != nil {
			return err
		}
		list := make(rows, c.headcount)
		for n := range list {
			list[n] = fields{"name": fmt.Sprintf("Водитель %d", n+1), "category": "B"}
		}
		return a.advance(id, fields{"students": list})
	})
}

func (c *client) learns() {
	c.act(c.between(80*time.Hour, 120*time.Hour), "receptionist", func(a *act, id string) error {
		if _, err := a.made(id, "certificates", "attendance_report"); err != nil {
			return err
		}
		return a.advance(id, fields{"group": "К-1", "trained_count": c.headcount - 1, "dropped_count": 1})
	})
}

func (c *client) closes() {
	c.act(c.between(2*time.Hour, 20*time.Hour), "accountant", func(a *act, id string) error {
		return a.write(id, fields{"paid": strconv.Itoa(c.amount())})
	})
	c.act(c.between(10*time.Hour, 40*time.Hour), "accountant", func(a *act, id string) error {
		number, err := a.made(id, "upd", "act")
		if err != nil {
			return err
		}
		if number == "" {
			number = fmt.Sprintf("А-%03d", c.number)
		}
		return a.advance(id, fields{"act_no": number, "closing_signed": true})
	})
}
