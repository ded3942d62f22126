package bpmn
import ("testing";"os")
func BenchmarkBig(b *testing.B){ data,_:=os.ReadFile("/tmp/huge/"+os.Getenv("F")); b.ReportAllocs(); for b.Loop(){ d,_:=Parse(data); if d!=nil {Check(d)} } }
