package funnel

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/engine/expression"
)

func TestRead(t *testing.T) {
	f := compiled(t, asking(
		"text:string|minlength=2|maxlength=5", "coded:string|pattern=[A-Z]{2}", "pieces:long|min=1|max=10", "share:percent", "total:money|min=100",
		"yes:boolean", "day:date|min=2020-01-01", "moment:datetime", "phone:phone", "mail:email", "pick:enum|value:a=A|value:b=B",
		"picks:enum|prop:multiple=true|value:a=A|value:b=B", "who:contact", "rows:table|prop:columns=due:date=Due; total:money=Sum",
		"goods:products", "scan:file", "act:document|prop:verb=keep", "twice:long|prop:value=pieces * 2"))
	moscow := time.FixedZone("MSK", 3*60*60)
	for _, c := range []struct{ key, in, want string }{
		{"text", `" abc "`, `"abc"`},
		{"text", `""`, ``},
		{"text", `null`, ``},
		{"text", `"a"`, `!short 2`},
		{"text", `"абвгде"`, `!long 5`},
		{"text", `5`, `!type string`},
		{"coded", `"AB"`, `"AB"`},
		{"coded", `"ABC"`, `!pattern `},
		{"pieces", `3`, `3`},
		{"pieces", `"3"`, `3`},
		{"pieces", `3.5`, `!type long`},
		{"pieces", `0`, `!min 1`},
		{"pieces", `11`, `!max 10`},
		{"pieces", `true`, `!type long`},
		{"share", `"12,5"`, `12.5`},
		{"share", `10`, `10.0`},
		{"total", `{"amount":4990000,"currency":"RUB"}`, `4990000`},
		{"total", `{"amount":4990000,"currency":"EUR"}`, `!currency RUB`},
		{"total", `"49 900,50"`, `4990050`},
		{"total", `4990000`, `!type money`},
		{"total", `{"amount":9999}`, `!min 100`},
		{"total", `{"amount":1.5}`, `!type money`},
		{"yes", `true`, `true`},
		{"yes", `"false"`, `false`},
		{"yes", `1`, `!type boolean`},
		{"day", `"2026-01-31"`, `"2026-01-31"`},
		{"day", `"31.01.2026"`, `"2026-01-31"`},
		{"day", `"31.02.2026"`, `!type date`},
		{"day", `"2019-12-31"`, `!min 2020-01-01`},
		{"moment", `"2026-01-31T10:30:00+03:00"`, `"2026-01-31T07:30:00Z"`},
		{"moment", `"31.01.2026 10:30"`, `"2026-01-31T07:30:00Z"`},
		{"moment", `"soon"`, `!type datetime`},
		{"phone", `"+7 (900) 123-45-67"`, `"+79001234567"`},
		{"phone", `"call me"`, `!type phone`},
		{"mail", `"Ann@Example.com"`, `"ann@example.com"`},
		{"mail", `"ann"`, `!type email`},
		{"pick", `"a"`, `"a"`},
		{"pick", `"c"`, `!choice `},
		{"picks", `["a","b"]`, `["a","b"]`},
		{"picks", `"a, b"`, `["a","b"]`},
		{"picks", `["c"]`, `!choice `},
		{"picks", `[]`, ``},
		{"who", `"contact-1"`, `"contact-1"`},
		{"rows", `[{"due":"01.02.2026","total":{"amount":100,"currency":"RUB"}},{}]`, `[{"due":"2026-02-01","total":100},{}]`},
		{"rows", `[{"day":"01.02.2026"}]`, `!column day`},
		{"rows", `[{"due":"soon"}]`, `!type date`},
		{"rows", `{}`, `!type table`},
		{"rows", `[1]`, `!type row`},
		{"goods", `[{"sku":"B-MT","price":{"amount":1,"currency":"RUB"},"quantity":2}]`, `[{"price":1,"quantity":2.0,"sku":"B-MT"}]`},
		{"scan", `{"id":"1"}`, `!upload `},
		{"act", `{}`, `!upload `},
		{"twice", `4`, `!computed `},
	} {
		got := ""
		v, fault := f.Field(c.key).Read(json.RawMessage(c.in), Reading{Currency: "RUB", Zone: moscow})
		if fault != nil {
			got = "!" + string(fault.Kind) + " " + fault.Need
		} else {
			got = string(v)
		}
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.key, c.in, got, c.want)
		}
		if fault != nil || v == nil {
			continue
		}
		if _, err := expression.DecodeShape(f.Names().Known[c.key], v); err != nil {
			t.Errorf("%s %s does not decode: %s", c.key, v, err)
		}
	}
}

// What was shown is read back as the same value.
func TestShow(t *testing.T) {
	f := compiled(t, asking("total:money", "rows:table|prop:columns=due:date=Due; total:money=Sum", "day:date"))
	for key, kept := range map[string]string{"total": `4990000`, "rows": `[{"due":"2026-02-01","total":100}]`, "day": `"2026-02-01"`} {
		shown := f.Field(key).Show(expression.Value(kept), "RUB")
		back, fault := f.Field(key).Read(shown, Reading{Currency: "RUB"})
		if fault != nil || string(back) != kept {
			t.Errorf("%s: %s shown as %s came back as %s %v", key, kept, shown, back, fault)
		}
	}
	if got := string(f.Field("total").Show(expression.Value(`4990000`), "RUB")); got != `{"amount":4990000,"currency":"RUB"}` {
		t.Error(got)
	}
}

func TestBoundsCheck(t *testing.T) {
	f := compiled(t, sale2("name:string", "name:string|maxlength=3"))
	tight := f.Stage("sign").Asks[0].Bounds
	if fault := tight.Check(f.Field("name"), "abcd"); fault == nil || fault.Kind != FaultLong {
		t.Errorf("%v", fault)
	}
	if fault := tight.Check(f.Field("name"), "abc"); fault != nil {
		t.Errorf("%v", fault)
	}
	f = compiled(t, sale2("visits:date|prop:multiple=true", "visits:date|min=2026-01-31"))
	early, late := expression.Date{Year: 2026, Month: 1, Day: 30}, expression.Date{Year: 2026, Month: 1, Day: 31}
	if fault := f.Stage("sign").Asks[0].Bounds.Check(f.Field("visits"), []any{late, early}); fault == nil || fault.Kind != FaultMin {
		t.Errorf("%v", fault)
	}
}

func TestChecksums(t *testing.T) {
	for text, want := range map[string]bool{
		"112-233-445 95": true, "112-233-445 96": false, "11223344595": true, "1122334459": false, "abc": false, "000-000-000 00": false, "001-001-998 00": true,
		"087-654-303 00": true, "": false,
	} {
		if got := SNILS(text); got != want {
			t.Errorf("SNILS %q: %t", text, got)
		}
	}
	for text, want := range map[string]bool{
		"7707083893": true, "7707083894": false, "500100732259": true, "500100732258": false, "7707 083893": true, "770708389": false, "": false, "77O7083893": false,
	} {
		if got := INN(text); got != want {
			t.Errorf("INN %q: %t", text, got)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		minor              expression.Money
		currency, language string
		want               string
	}{
		{4990000, "RUB", "ru", "сорок девять тысяч девятьсот рублей 00 копеек"},
		{5310050, "RUB", "ru", "пятьдесят три тысячи сто рублей 50 копеек"},
		{100, "RUB", "ru", "один рубль 00 копеек"},
		{201, "RUB", "ru", "два рубля 01 копейка"},
		{2100002, "RUB", "ru", "двадцать одна тысяча рублей 02 копейки"},
		{0, "RUB", "ru", "ноль рублей 00 копеек"},
		{1111, "RUB", "ru", "одиннадцать рублей 11 копеек"},
		{100000000000, "RUB", "ru", "один миллиард рублей 00 копеек"},
		{-100, "USD", "ru", "минус один доллар США 00 центов"},
		{200, "XYZ", "ru", "два XYZ 00"},
		{9223372036854775807, "RUB", "ru", "девяносто два квадриллиона двести тридцать три триллиона семьсот двадцать миллиардов триста шестьдесят восемь миллионов пятьсот сорок семь тысяч семьсот пятьдесят восемь рублей 07 копеек"},
		{4990000, "RUB", "en", "forty-nine thousand nine hundred roubles 00 kopecks"},
		{101, "USD", "en", "one dollar 01 cent"},
		{100001500, "EUR", "en", "one million fifteen euros 00 cents"},
		{0, "EUR", "en", "zero euros 00 cents"},
	} {
		if got := Words(c.minor, c.currency, c.language); got != c.want {
			t.Errorf("%d %s: %s\nwant %s", c.minor, c.currency, got, c.want)
		}
	}
	if got := Words(-9223372036854775808, "RUB", "ru"); !strings.HasPrefix(got, "минус девяносто два квадриллиона") {
		t.Error(got)
	}
}

type desk struct{ drawn int }

func (*desk) Tongue() (string, string) { return "en", "USD" }

func (s *desk) Sequence(digits int) (string, error) {
	s.drawn++
	return strings.Repeat("0", digits-1) + "7", nil
}

func TestFunctions(t *testing.T) {
	f := compiled(t, asking("born:date", "other:date", "total:money", "number:string"))
	now := time.Date(2026, 3, 16, 22, 30, 0, 0, time.UTC) // the 17th in Moscow
	values := map[string]any{
		"born": expression.Date{Year: 2008, Month: 3, Day: 17}, "other": expression.Date{Year: 2008, Month: 4, Day: 1}, "total": expression.Money(250), "number": "112-233-445 95",
	}
	env := &expression.Env{Now: now, Zone: time.FixedZone("MSK", 3*60*60), Context: &desk{}, Lookup: func(name string) any { return values[name] }}
	for source, want := range map[string]any{
		"age(born)": 18, "age(other)": 17, "days(born, other)": 15, "words(total)": "two dollars 50 cents", "snils(number)": true, "inn(number)": false,
		"age(created_at)": nil,
	} {
		p, err := f.Names().Compile(source, expression.Any)
		if err != nil {
			t.Errorf("%s: %s", source, err)
			continue
		}
		if got, err := p.Run(env); err != nil || got != want {
			t.Errorf("%s: %v %v, want %v", source, got, err, want)
		}
	}
}

func TestNumber(t *testing.T) {
	f := compiled(t, asking("branch:string", "act:document|prop:verb=create|prop:number=A-${today().Year()}-${branch}-${seq(4)}"))
	env := &expression.Env{Now: time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC), Context: &desk{}, Lookup: func(string) any { return "north" }}
	if got, err := f.Field("act").Document.Number.Run(env); err != nil || got != "A-2026-north-0007" {
		t.Errorf("%v %v", got, err)
	}
}
