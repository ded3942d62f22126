package engine_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/memory"
)

// What an engine's deeds cost beside the store alone is measured by cmd/voronka/bench. Here is what they allocate.

// sums runs to its end in one deed: a script, a choice, a script.
var sums = drawn("p", begin+`<sequenceFlow id="f1" sourceRef="begin" targetRef="add"/>`+
	`<scriptTask id="add" camunda:resultVariable="total"><script>amount + 5</script></scriptTask><sequenceFlow id="f2" sourceRef="add" targetRef="pick"/>`+
	`<exclusiveGateway id="pick" default="f4"/><sequenceFlow id="f3" sourceRef="pick" targetRef="double"><conditionExpression>total &gt; 10</conditionExpression></sequenceFlow>`+
	`<sequenceFlow id="f4" sourceRef="pick" targetRef="end"/>`+
	`<scriptTask id="double" camunda:resultVariable="twice"><script>total * 2</script></scriptTask><sequenceFlow id="f5" sourceRef="double" targetRef="end"/>`+end)

func stores(b *testing.B, run func(b *testing.B, s storage.Store)) {
	b.Run("memory", func(b *testing.B) { run(b, memory.New()) })
	b.Run("bolt", func(b *testing.B) {
		s, err := bolt.Open(filepath.Join(b.TempDir(), "store.db"), bolt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		run(b, s)
	})
}

// BenchmarkInstance runs a whole instance in one deed.
func BenchmarkInstance(b *testing.B) {
	stores(b, func(b *testing.B, s storage.Store) {
		e := engine.Open(s, engine.Options{})
		deploy(b, e, sums)
		b.ReportAllocs()
		for b.Loop() {
			if err := e.Update(context.Background(), func(tx *engine.Tx) error {
				_, err := tx.Start(engine.Start{Process: "p", Variables: map[string]engine.Value{"amount": []byte("10")}})
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkMessage starts an instance that waits for a message with a key, and gives it that, among many that wait for the same name: what
// it costs must not grow with them.
func BenchmarkMessage(b *testing.B) {
	keyed := drawn("p", `<startEvent id="begin"/><sequenceFlow id="f1" sourceRef="begin" targetRef="paid"/><intermediateCatchEvent id="paid">`+
		`<extensionElements><camunda:properties><camunda:property name="correlationKey" value="order"/></camunda:properties></extensionElements>`+
		`<messageEventDefinition messageRef="m"/></intermediateCatchEvent><sequenceFlow id="f2" sourceRef="paid" targetRef="end"/>`+end)
	keyed = strings.Replace(keyed, "<process", `<message id="m" name="paid"/><process`, 1)
	for _, waiting := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			stores(b, func(b *testing.B, s storage.Store) {
				e := engine.Open(s, engine.Options{})
				deploy(b, e, keyed)
				update := func(deed func(tx *engine.Tx) error) {
					if err := e.Update(context.Background(), deed); err != nil {
						b.Fatal(err)
					}
				}
				wait := func(tx *engine.Tx, n int) error {
					_, err := tx.Start(engine.Start{Process: "p", Variables: map[string]engine.Value{"order": engine.Value(fmt.Sprint(n))}})
					return err
				}
				for n := 0; n < waiting; n += 100 {
					update(func(tx *engine.Tx) error {
						for m := range 100 {
							if err := wait(tx, n+m); err != nil {
								return err
							}
						}
						return nil
					})
				}
				for n := waiting; b.Loop(); n++ {
					update(func(tx *engine.Tx) error { return wait(tx, n) })
					update(func(tx *engine.Tx) error {
						_, err := tx.Message(engine.Message{Name: "paid", Key: fmt.Sprint(n)})
						return err
					})
				}
			})
		})
	}
}
