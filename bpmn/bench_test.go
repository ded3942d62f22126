package bpmn

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

// drawn is a diagram of that many tasks in a row with its drawing, as modelers write them.
func drawn(tasks int) []byte {
	var s, d strings.Builder
	s.WriteString(head + `<startEvent id="Start_1"><outgoing>Flow_0</outgoing></startEvent>`)
	for i := range tasks {
		fmt.Fprintf(&s, `
    <userTask id="Task_%d" name="Call the client number %d">
      <incoming>Flow_%d</incoming>
      <outgoing>Flow_%d</outgoing>
    </userTask>
    <sequenceFlow id="Flow_%d" sourceRef="Task_%d" targetRef="Task_%d" />`, i, i, i, i+1, i+1, i, i+1)
		fmt.Fprintf(&d, `
      <bpmndi:BPMNShape id="Task_%d_di" bpmnElement="Task_%d">
        <dc:Bounds x="%d" y="80" width="100" height="80" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="Flow_%d_di" bpmnElement="Flow_%d">
        <di:waypoint x="%d" y="120" />
        <di:waypoint x="%d" y="120" />
      </bpmndi:BPMNEdge>`, i, i, 150*i, i, i, 150*i, 150*i+50)
	}
	fmt.Fprintf(&s, `<sequenceFlow id="Flow_0" sourceRef="Start_1" targetRef="Task_0"/><endEvent id="Task_%d"><incoming>Flow_%d</incoming></endEvent></process>`, tasks, tasks)
	s.WriteString(`<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="Diagram_1"><bpmndi:BPMNPlane id="Plane_1" bpmnElement="process">`)
	return []byte(s.String() + d.String() + "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>")
}

// BenchmarkParse reads diagrams of 4 KB and of 100 tasks; tokens is what encoding/xml alone takes of that.
func BenchmarkParse(b *testing.B) {
	for _, tasks := range []int{6, 100} {
		data := drawn(tasks)
		if d, problems := Parse(data); d == nil || Severe(append(problems, Check(d)...)) {
			b.Fatal(problems, Check(d))
		}
		name := fmt.Sprintf("%dKB", len(data)>>10)
		b.Run("parse/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				Parse(data)
			}
		})
		b.Run("check/"+name, func(b *testing.B) {
			d, _ := Parse(data)
			for b.Loop() {
				Check(d)
			}
		})
		b.Run("tokens/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				decoder := xml.NewDecoder(bytes.NewReader(data))
				for {
					if _, err := decoder.RawToken(); err != nil {
						break
					}
				}
			}
		})
	}
}
