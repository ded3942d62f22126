package storage_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/voronka/voronka/storage"
	"pgregory.net/rapid"
)

// kept is a record with everything that the records of the product have in them.
type kept struct {
	Text   string                     `json:"text"`
	Count  int                        `json:"count,omitempty"`
	Share  float64                    `json:"share"`
	Flag   bool                       `json:"flag,omitempty"`
	At     time.Time                  `json:"at"`
	Due    *time.Time                 `json:"due,omitempty"`
	Values map[string]json.RawMessage `json:"values,omitempty"`
	Inside []*kept                    `json:"inside,omitempty"`
	Bytes  []byte                     `json:"bytes,omitempty"`
}

func any(t *rapid.T, depth int) *kept {
	k := &kept{
		Text:  rapid.String().Draw(t, "text"),
		Count: rapid.Int().Draw(t, "count"),
		Share: rapid.Float64Range(-1e18, 1e18).Draw(t, "share"),
		Flag:  rapid.Bool().Draw(t, "flag"),
		At:    time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 1000).UTC(),
		Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"),
	}
	if rapid.Bool().Draw(t, "due") {
		k.Due = &k.At
	}
	for _, name := range rapid.SliceOfDistinct(rapid.String(), rapid.ID).Draw(t, "names") {
		v, _ := json.Marshal(rapid.String().Draw(t, "value"))
		if k.Values == nil {
			k.Values = map[string]json.RawMessage{}
		}
		k.Values[name] = v
	}
	if depth > 0 {
		for range rapid.IntRange(0, 2).Draw(t, "inside") {
			k.Inside = append(k.Inside, any(t, depth-1))
		}
	}
	return k
}

// The codec writes what encoding/json reads as the same thing, and reads what encoding/json wrote.
func TestCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := any(t, 2)
		ours, err := storage.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		var a, b kept
		if err := json.Unmarshal(ours, &a); err != nil {
			t.Fatalf("%s: %v", ours, err)
		}
		if err := storage.Unmarshal(theirs, &b); err != nil {
			t.Fatalf("%s: %v", theirs, err)
		}
		one, _ := json.Marshal(a)
		other, _ := json.Marshal(b)
		if !bytes.Equal(one, theirs) || !bytes.Equal(other, theirs) {
			t.Fatalf("\n%s\n%s\n%s", theirs, one, other)
		}
	})
}
