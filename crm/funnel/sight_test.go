package funnel

import (
	"strings"
	"testing"

	"github.com/voronka/voronka/crm/access"
)

func TestSight(t *testing.T) {
	inputs := `<camunda:inputOutput>
		<camunda:inputParameter name="open">${name}</camunda:inputParameter>
		<camunda:inputParameter name="secret">7</camunda:inputParameter>
		<camunda:inputParameter name="text">Margin: ${secret} %</camunda:inputParameter>
		<camunda:inputParameter name="script"><camunda:script scriptFormat="expr">secret + 1</camunda:script></camunda:inputParameter>
		<camunda:inputParameter name="list"><camunda:list><camunda:value>${secret}</camunda:value></camunda:list></camunda:inputParameter>
	</camunda:inputOutput>`
	f := compiled(t, draw("funnel.kind=deal\nfunnel.amount=price", node("startEvent", "start", ""),
		stage("meet", form(field("name:string"), field("secret:long"), field("price:money|prop:see=boss clerk"))),
		stage("sign", form(field("secret:long|prop:see=boss"))), // said once, it holds everywhere
		robot("work", inputs), end("won", "won"), flows("start > meet, meet > sign, sign > work, work > won")))
	boss, clerk, other := access.Actor{Roles: []string{"boss"}}, access.Actor{Roles: []string{"clerk"}}, access.Actor{Roles: []string{"admin"}}
	seen := func(a access.Actor) string {
		var all []string
		for _, name := range []string{"open", "secret", "text", "script", "list", "unknown"} {
			if f.InputSeenBy(a, "work", name) {
				all = append(all, name)
			}
		}
		for _, one := range f.Fields {
			if one.SeenBy(a) {
				all = append(all, one.Key)
			}
		}
		if f.AmountSeenBy(a) {
			all = append(all, "amount")
		}
		return strings.Join(all, " ")
	}
	for name, c := range map[string]struct {
		who  access.Actor
		want string
	}{
		"boss":        {boss, "open secret text script list unknown name secret price amount"},
		"clerk":       {clerk, "open unknown name price amount"},
		"other":       {other, "open unknown name"},
		"the product": {access.System("robot"), "open secret text script list unknown name secret price amount"},
		"nobody":      {access.Actor{}, "open unknown name"},
	} {
		if got := seen(c.who); got != c.want {
			t.Errorf("%s sees %q, not %q", name, got, c.want)
		}
	}
}
