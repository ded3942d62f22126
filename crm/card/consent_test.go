package card

import (
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/funnel"
)

// With an agreement it is kept when it was given and to which version; taken back, both go.
func TestConsent(t *testing.T) {
	form := asks("yes:boolean Yes|prop:text=I agree", "yes_at:datetime At", "yes_version:string Version", "other:boolean Other")
	xml := strings.Replace(sale("", form, nil, nil), `id="yes_version"`, `id="yes_version" defaultValue="2"`, 1)
	d := open(t, xml)
	kept := func(id, want string) {
		t.Helper()
		if got := d.value(id, "yes_at") + " " + d.value(id, "yes_version"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	none := d.create(ann, "deal", "other=true")
	kept(none, " ")
	id := d.create(ann, "deal", "yes=true")
	first := `"2026-03-16T09:00:00Z" "2"`
	kept(id, first)
	d.now = d.now.Add(time.Hour)
	d.must(d.write(ann, id, "yes=true; other=true"))
	kept(id, first)
	d.must(d.write(ann, id, "yes=false"))
	kept(id, " ")
	d.must(d.write(ann, id, "yes=true"))
	kept(id, `"2026-03-16T10:00:00Z" "2"`)
	said := d.create(ann, "deal", "yes=true; yes_at=2026-01-01T12:00:00Z; yes_version=v1")
	kept(said, `"2026-01-01T12:00:00Z" "v1"`)
	if f := d.page(ann, id).Funnel.Field("yes"); f.Text != "I agree" || *f.Consent != (funnel.Consent{At: "yes_at", Version: "yes_version", InForce: "2"}) {
		t.Errorf("%+v", f)
	}
}
