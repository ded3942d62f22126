package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// fuzzed are the diagrams that are played with, small ones of every sort.
var fuzzed = []string{
	"boundary/several.bpmn", "compensation/order.bpmn", "complex/rounds.bpmn", "event_gateway/race.bpmn", "event_sub_process/byTimer.bpmn",
	"inclusive/loop.bpmn", "multi_instance/each.bpmn", "multi_instance/jobs.bpmn", "message/keyed.bpmn", "exclusive/byhand.bpmn",
	"transaction/booking.bpmn", "data/changes.bpmn", "timer/cycle.bpmn", "ad_hoc/until.bpmn", "limit/spin.bpmn",
}

// FuzzPlay: whatever the lines, the player answers each with one observation and never breaks; a command that it refuses has changed
// nothing.
func FuzzPlay(f *testing.F) {
	f.Add(byte(0), []byte("\x00\x01\x02\x03\x04\x05\x06\x07"), "")
	f.Add(byte(6), []byte("\x00\x10\x03\x00\x0a\x01"), `{"do":"start","process":"each","vars":{"people":[1,2,3]}}`+"\n"+`{"do":"observe"}`)
	f.Add(byte(12), []byte("\x00\x0a\x0b\x0a\x0b\x0c"), `{"do":"advance","by":"P1Y"}`)
	f.Add(byte(13), []byte("\x0d\x0e\x0f"), "{\n[]\nnull\n{\"do\":5}\n\xff\n{\"do\":\"start\"} {\"do\":\"start\"}")
	f.Fuzz(func(t *testing.T, diagram byte, choices []byte, raw string) {
		file := filepath.Join("../../engine/testdata", fuzzed[int(diagram)%len(fuzzed)])
		script := append(commandsOf(file, choices), strings.Split(raw, "\n")...)
		if len(script) > 40 {
			script = script[:40]
		}
		want := 1
		var commands []string
		for _, line := range script {
			if line = strings.TrimSpace(line); line != "" {
				commands = append(commands, line)
				want++
			}
		}
		p := &player{dir: t.TempDir()}
		var out bytes.Buffer
		if err := p.play(t.Context(), []string{file}, "", strings.NewReader(strings.Join(commands, "\n")), &out); err != nil {
			t.Fatalf("%q: %v", commands, err)
		}
		answers := strings.SplitAfter(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(answers) != want {
			t.Fatalf("%d commands, %d answers", want-1, len(answers))
		}
		last := ""
		for n, answer := range answers {
			var o struct {
				OK                bool
				Error             *refusal
				Instances, Starts json.RawMessage
				Now               string
			}
			if err := json.Unmarshal([]byte(answer), &o); err != nil {
				t.Fatalf("%q is no observation: %v", answer, err)
			}
			if o.OK == (o.Error != nil) {
				t.Fatalf("ok is %t with error %v", o.OK, o.Error)
			}
			state := o.Now + string(o.Instances) + string(o.Starts)
			if n > 0 && !o.OK && state != last && !several(commands[n-1]) {
				t.Fatalf("%q was refused with %+v, but something was changed", commands[n-1], o.Error)
			}
			last = state
		}
	})
}

// several tells whether a command is several deeds: what it did before one was refused stays.
func several(command string) bool {
	return strings.Contains(command, "advance") || strings.Contains(command, "fire")
}

// commandsOf turns bytes into commands about what stands in a diagram.
func commandsOf(file string, choices []byte) []string {
	process := strings.TrimSuffix(filepath.Base(file), ".bpmn")
	elements := []string{"a", "work", "ask", "vote", "begin", "one", "left", "right", "go", "mail", process, ""}
	values := []string{`{}`, `{"a":1}`, `{"people":["x","y"],"n":2}`, `{"amount":50,"order":{"price":1,"pieces":2}}`, `{"vote":null}`, `null`}
	var all []string
	for n, c := range choices {
		x, v := elements[(int(c)*7+n)%len(elements)], values[(int(c)*3+n)%len(values)]
		all = append(all, [...]string{
			fmt.Sprintf(`{"do":"start","process":%q,"vars":%s,"key":%q}`, process, v, x),
			fmt.Sprintf(`{"do":"complete","task":%q,"vars":%s,"flow":%q}`, x, v, elements[n%len(elements)]),
			fmt.Sprintf(`{"do":"complete","task":%q,"vars":%s}`, x, v),
			fmt.Sprintf(`{"do":"job","job":%q,"result":"complete","vars":%s}`, x, v),
			fmt.Sprintf(`{"do":"job","job":%q,"result":"fail","message":"no line","retries":%d}`, x, n%3-1),
			fmt.Sprintf(`{"do":"job","job":%q,"result":"error","code":%q}`, x, elements[n%len(elements)]),
			fmt.Sprintf(`{"do":"message","name":%q,"key":%q,"vars":%s}`, x, elements[n%len(elements)], v),
			fmt.Sprintf(`{"do":"signal","name":%q,"vars":%s}`, x, v),
			fmt.Sprintf(`{"do":"trigger","element":%q,"vars":%s}`, x, v),
			fmt.Sprintf(`{"do":"set","vars":%s}`, v),
			fmt.Sprintf(`{"do":"advance","by":"PT%dM"}`, n*7),
			`{"do":"fire"}`,
			`{"do":"restart"}`,
			`{"do":"cancel"}`,
			fmt.Sprintf(`{"do":"resolve","incident":"00000002:%d","vars":%s}`, c%32, v),
			fmt.Sprintf(`{"do":%q}`, x),
		}[int(c)%16])
	}
	return all
}
