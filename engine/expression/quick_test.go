package expression

import ("testing";"time";"fmt")

func TestQuick(t *testing.T) {
	n := &Names{Known: map[string]Shape{"amount":{Type:MoneyType},"n":{Type:Int},"s":{Type:String},"d":{Type:DateType},"rows":{Type:List,Of:&Shape{Type:Map,Fields:map[string]Shape{"amount":{Type:MoneyType},"due":{Type:DateType}}}},"tags":{Type:List,Of:&Shape{Type:String}},"ok":{Type:Bool},"discount":{Type:Percent}}}
	env := &Env{Now: time.Date(2026,3,1,12,0,0,0,time.UTC), Lookup: func(name string) any {
		return map[string]any{"amount":Money(10000050),"n":5,"s":"hello","d":Date{2008,3,1},"rows":[]any{map[string]any{"amount":Money(5000050)},map[string]any{"amount":Money(5000000)}},"tags":[]string{"a","b"},"discount":7.5}[name]
	}}
	for _, s := range []string{"amount > 100000","${n == 5}","= n + 1","sum(rows, .amount) == amount","age(d) < 18","ok","not ok","ok or true","ok and n > 1","s + 1","s == 1","amuont > 1","n = 1","n === 1","if n then 1 else 2","s.equals('x')","tags.size()","n eq 5","empty s","today().Year()","amount * discount / 100","filter(rows, .amount > 50000) | len()","\"a\" in tags","n in [1..5]","n in 1..5","d > '2026-01-01'","nil == ok","ok ?? false","ok ? 1 : 2","let x = n; x * 2","addPeriod(d, 'P18Y')","addPeriod(d, 'P18')","rows[0].amount","rows[5].amount","rows.amount","rows[0].amont","now() - datetime('2026-02-01')","format(now(), 'dd.MM.yyyy HH:mm')","1/0","9223372036854775807 + 1","len(1..1000000000)","map(1..1000, map(1..1000, # + #index))","type(amount)","max(1, n, 2.5)","date('2026-01-01') <= now()","nope(1)","d.year","n > 1 and s > 2","[1,2,3][1:2]","{a: 1, \"b\": n}","{a: 1}.b", "s matches '^h.*o$'", "string(amount) + s", "((((1))))", "now", "days(d, today())", "null == s", "s in ('a','b')","round(amount / 3)","amount / 3","amount % 2","any(rows, .due > today())","execution.getVariable('s') == 'x'", "$env", "n as x", "s contains 'ell'", "contains(s, 'x')", "tags contains 'a'"} {
		p, err := n.Compile(s, Any)
		if err != nil { e := err.(*Error); fmt.Printf("%-40s ! %d %v\n", s, e.Offset, err); continue }
		start := time.Now()
		v, err := p.Run(env)
		fmt.Printf("%-40s = %v (%T) %v %v %s\n", s, v, v, err, p.Names(), time.Since(start))
	}
}
