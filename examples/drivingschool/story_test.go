package drivingschool

import (
	"strings"
	"testing"
)

// The story goes as it is told, in both languages.
func TestStory(t *testing.T) {
	for language, want := range map[string][]string{
		"ru": {"Ирина", "пожелтела", "Не заполнено: Первый контакт", "сервер не отвечает, попытка 2", "Родитель", "ПВ-2026-north-0001", "выиграна", "Не заполнено: ИНН"},
		"en": {"Irina", "turns yellow", "Missing: First", "the server is down, attempt 2", "Parent", "is won", "Missing: Taxpayer number"},
	} {
		o := opened(t, "2026-03-16 09:00")
		var out strings.Builder
		s := &Story{School: o.School, Out: &out, English: language == "en"}
		o.must(s.Tell(t.Context()))
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s: the story does not say %q", language, text)
			}
		}
		t.Log(out.String())
	}
}
