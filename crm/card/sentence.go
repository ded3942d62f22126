package card

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/voronka/voronka/crm/funnel"
)

// sentence is what people read, in both languages. All that this package says stands here.
type sentence struct{ ru, en string }

func (s sentence) in(language string, args ...any) string {
	text := s.ru
	if language == "en" {
		text = s.en
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

var (
	sayEmpty       = sentence{"Не заполнено: %s", "Missing: %s"}
	sayWrong       = sentence{"Заполнено не так, как нужно: %s", "Not filled in as it must be: %s"}
	sayAnew        = sentence{"Укажите заново: %s", "Give it anew: %s"}
	sayBecause     = sentence{"%s. Не заполнено: %s", "%s. Missing: %s"}
	sayRule        = sentence{"Не выполнено условие «%s»", "The condition “%s” does not hold"}
	sayBroken      = sentence{"Условие «%s» не вычисляется: %s", "The condition “%s” can't be worked out: %s"}
	sayNotCreated  = sentence{"Документ «%s» не создан", "The document “%s” has not been made"}
	sayNotSent     = sentence{"Документ «%s» не отправлен клиенту", "The document “%s” has not been sent to the client"}
	sayNotKept     = sentence{"Нет файла: %s", "No file: %s"}
	sayRole        = sentence{"«%s»: это делает %s", "“%s” is done by %s"}
	sayRejectRole  = sentence{"Отказ на этапе «%s» оформляет %s", "At “%s” a client is given up by %s"}
	sayNobody      = sentence{"тот, кому это поручено", "whoever it is assigned to"}
	sayNoArrow     = sentence{"На схеме нет стрелки из «%s» в «%s»", "The diagram has no arrow from “%s” to “%s”"}
	sayOneByOne    = sentence{"До «%s» идут по одному этапу: сначала «%s»", "The way to “%s” goes one stage at a time: first “%s”"}
	sayPastChoice  = sentence{"По пути нужно выбрать: сначала пройдите «%s»", "There is a choice on the way: pass “%s” first"}
	sayPastHold    = sentence{"По пути карточку держит «%s»", "On the way the card is held by “%s”"}
	sayHeld        = sentence{"Карточку держит «%s»: ждём", "The card is held by “%s”: wait for it"}
	sayChoose      = sentence{"Выберите, куда дальше: %s", "Choose where to go: %s"}
	sayNoFlow      = sentence{"Из этапа «%s» нельзя пойти в «%s»", "There is no way from “%s” to “%s”"}
	sayWhichStage  = sentence{"Карточка стоит сразу в нескольких этапах, назовите один: %s", "The card stands in several stages at once, name one: %s"}
	sayNotThere    = sentence{"Карточка не стоит в этапе «%s»", "The card does not stand in “%s”"}
	sayTracks      = sentence{"«%s» завершится сам. Осталось: %s", "“%s” completes by itself. Left: %s"}
	sayClosed      = sentence{"Карточка закрыта. Вернуть её в работу может %s", "The card is closed. It can be reopened by %s"}
	sayNotClosed   = sentence{"Карточка не закрыта", "The card is not closed"}
	sayNoReason    = sentence{"У этапа «%s» нет такой причины отказа: %s", "“%s” has no such reason: %s"}
	sayReason      = sentence{"Выберите причину отказа", "Choose why the client is lost"}
	sayComment     = sentence{"К причине «%s» нужен комментарий", "The reason “%s” needs a comment"}
	sayWhyBack     = sentence{"Напишите, почему карточка идёт назад", "Write why the card goes back"}
	sayNoBack      = sentence{"Назад из «%s» в «%s» здесь нельзя", "Going back from “%s” to “%s” is not allowed here"}
	sayWhyOverride = sentence{"Напишите, почему ход делается против схемы", "Write why this move goes against the diagram"}
	sayOverride    = sentence{"Ход против схемы делает %s", "A move against the diagram is made by %s"}
	sayNoStage     = sentence{"На схеме нет «%s»", "The diagram has no “%s”"}
	sayNoField     = sentence{"В этой воронке нет поля %q", "This funnel has no field %q"}
	sayEditRole    = sentence{"«%s» меняет %s", "“%s” is changed by %s"}
	sayReadonly    = sentence{"«%s» заполняется без участия людей", "“%s” is filled in without people"}
	sayComputed    = sentence{"«%s» вычисляется", "“%s” is computed"}
	sayNoFile      = sentence{"«%s» не принимает файлы", "“%s” takes no files"}
	sayFileSize    = sentence{"Файл больше %d МБ", "The file is larger than %d MB"}
	sayFileEmpty   = sentence{"Файл пуст", "The file is empty"}
	sayNoVerb      = sentence{"С документом «%s» этого не делают", "That is not done with the document “%s”"}
	sayNoFunnel    = sentence{"Нет воронки, в которую переходит «%s»: её нужно загрузить", "There is no funnel to go on with after “%s”: upload it"}
	sayNotFound    = sentence{"Не найдено: %s", "Not found: %s"}
	sayNoBoard     = sentence{"«%s» не воронка сделок или лидов", "“%s” is no funnel of deals or leads"}

	sayStuck   = sentence{"Робот встал", "A robot stopped"}
	sayOverdue = sentence{"Срок прошёл", "Overdue"}
	sayNear    = sentence{"Срок подходит", "Due soon"}

	sayLacksOverdue = sentence{"%s. Срок прошёл", "%s. Overdue"}
	sayLacksNear    = sentence{"%s. Срок подходит", "%s. Due soon"}

	sayLacks   = sentence{"Нет: %s", "Missing: %s"}
	sayTodo    = sentence{"Осталось: %s", "Left: %s"}
	sayMore    = sentence{"%s и ещё %d", "%s and %d more"}
	sayWaits   = sentence{"Ждём: %s", "Waiting for: %s"}
	sayStep    = sentence{"Ждём: «%s»", "Waiting for: “%s”"}
	sayReady   = sentence{"Готово: дальше «%s»", "Ready: on to “%s”"}
	sayDone    = sentence{"Готово", "Ready"}
	sayOr      = sentence{" или ", " or "}
	sayHere    = sentence{"Стоит здесь", "Stands here"}
	sayAsksWhy = sentence{"Назад: спросит причину", "Back: asks why"}
)

// faults are what can be wrong with a value.
var faults = map[funnel.FaultKind]sentence{
	funnel.FaultType:     {"%s: «%s» — это не %s", "%s: “%s” is not %s"},
	funnel.FaultChoice:   {"%s: «%s» нет в списке%.0s", "%s: “%s” is not in the list%.0s"},
	funnel.FaultMin:      {"%s: %s меньше, чем %s", "%s: %s is less than %s"},
	funnel.FaultMax:      {"%s: %s больше, чем %s", "%s: %s is more than %s"},
	funnel.FaultShort:    {"%s: «%s» короче %s знаков", "%s: “%s” is shorter than %s characters"},
	funnel.FaultLong:     {"%s: «%s» длиннее %s знаков", "%s: “%s” is longer than %s characters"},
	funnel.FaultPattern:  {"%s: «%s» записано не так, как нужно%.0s", "%s: “%s” is not written as it must be%.0s"},
	funnel.FaultCurrency: {"%s: валюта %s вместо %s", "%s: the currency is %s instead of %s"},
	funnel.FaultColumn:   {"%s: нет столбца «%s»%.0s", "%s: there is no column “%s”%.0s"},
	funnel.FaultUpload:   {"«%s»: приложите файл%.0s%.0s", "“%s”: upload a file%.0s%.0s"},
	funnel.FaultComputed: {"«%s» вычисляется%.0s%.0s", "“%s” is computed%.0s%.0s"},
}

// typeNames are the types as a sentence ends in them.
var typeNames = map[string]sentence{
	"string": {"строка", "a text"}, "text": {"текст", "a text"}, "long": {"целое число", "a whole number"}, "number": {"число", "a number"},
	"percent": {"проценты", "a percentage"}, "money": {"сумма", "an amount"}, "boolean": {"да или нет", "yes or no"}, "date": {"дата", "a date"},
	"datetime": {"дата и время", "a date and time"}, "phone": {"телефон", "a phone number"}, "email": {"адрес почты", "an e-mail address"},
	"address": {"адрес", "an address"}, "enum": {"значение из списка", "a value of the list"}, "user": {"сотрудник", "a user"},
	"contact": {"контакт", "a contact"}, "company": {"компания", "a company"}, "table": {"таблица", "a table"}, "products": {"список товаров", "a list of goods"},
	"list": {"список", "a list"}, "row": {"строка таблицы", "a row"},
}

// sayFault is what is wrong with a value of a field.
func sayFault(label string, fault *funnel.Fault, language string) string {
	need := fault.Need
	if t, ok := typeNames[need]; ok {
		need = t.in(language)
	}
	text := faults[fault.Kind].in(language, label, fault.Value, need)
	if fault.Where != "" {
		text += " (" + fault.Where + ")"
	}
	return text
}

// small is a label as it stands inside a sentence: with a small letter, unless it is an abbreviation or a name of its own.
func small(label string) string {
	first, size := utf8.DecodeRuneInString(label)
	if second, _ := utf8.DecodeRuneInString(label[size:]); unicode.IsUpper(second) || !unicode.IsUpper(first) {
		return label
	}
	return string(unicode.ToLower(first)) + label[size:]
}

// quoted lists names as a sentence does.
func quoted(names []string, language string) string {
	left, right := "«", "»"
	if language == "en" {
		left, right = "“", "”"
	}
	all := make([]string, len(names))
	for n, name := range names {
		all[n] = left + name + right
	}
	return strings.Join(all, ", ")
}
