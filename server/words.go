package server

import (
	"fmt"
	"net/http"
	"strings"
)

// text is a sentence in the languages of the product.
type text struct{ ru, en string }

func (t text) in(language string) string {
	if language == "en" {
		return t.en
	}
	return t.ru
}

// entry is a kind of problem: its status, what it says, and what mends it.
type entry struct {
	status int
	title  text
	hint   text
}

// entries are all problems by code. Codes of the engine's refusals that are not among them keep the engine's own sentence.
var entries = map[string]entry{
	"malformed":            {http.StatusBadRequest, text{"Запрос не читается", "The request can't be read"}, text{"Тело запроса — один объект JSON в UTF-8", "The body is one JSON object in UTF-8"}},
	"invalid":              {http.StatusBadRequest, text{"В запросе есть поля, которые нельзя принять", "Some fields of the request can't be taken"}, text{}},
	"nobody":               {http.StatusUnauthorized, text{"Войдите, чтобы продолжить", "Sign in to go on"}, text{"Войдите заново или пришлите заголовок Authorization: Bearer с ключом", "Sign in again, or send the header Authorization: Bearer with a token"}},
	"password":             {http.StatusUnauthorized, text{"Логин и пароль не подходят друг к другу", "This login and password do not belong together"}, text{"Забытый пароль меняет администратор", "An administrator sets a new password"}},
	"denied":               {http.StatusForbidden, text{"Это делают другие", "Others do this"}, text{}},
	"hidden":               {http.StatusForbidden, text{"Эту воронку ведут другие роли", "Other roles work in this funnel"}, text{"Роль добавляет администратор", "An administrator adds the role"}},
	"no_funnel":            {http.StatusForbidden, text{"Контакты видят те, кто работает в воронках", "Contacts are for those who work in a funnel"}, text{"Роль добавляет администратор", "An administrator adds the role"}},
	"cross_origin":         {http.StatusForbidden, text{"Запрос пришёл со страницы другого сайта", "The request came from a page of another site"}, text{"Если сайту можно доверять, его адрес добавляют в настройки сервера", "If the site is to be trusted, its address goes into the server's settings"}},
	"host":                 {http.StatusMisdirectedRequest, text{"Так этот сервер не называют", "This server is not called that"}, text{"Демонстрацию открывают по адресу http://127.0.0.1", "A demo is opened at http://127.0.0.1"}},
	"not_found":            {http.StatusNotFound, text{"Здесь ничего нет", "Nothing is here"}, text{"Проверьте адрес: возможно, это перенесли или удалили", "Check the address: it may have been moved or removed"}},
	"method":               {http.StatusMethodNotAllowed, text{"По этому адресу так не обращаются", "This address does not take this method"}, text{"Что можно, сказано в заголовке Allow", "The header Allow says which it takes"}},
	"stale":                {http.StatusConflict, text{"Пока вы смотрели, это изменил кто-то другой", "Somebody else changed this while you were looking"}, text{"Загрузите заново и повторите", "Load it again and repeat"}},
	"taken":                {http.StatusConflict, text{"Такой логин уже есть или был", "This login is or was somebody's"}, text{"Выберите другой", "Choose another"}},
	"too_large":            {http.StatusRequestEntityTooLarge, text{"Слишком большой запрос", "The request is too large"}, text{}},
	"media_type":           {http.StatusUnsupportedMediaType, text{"Тело запроса другого типа", "The body is of another type"}, text{"Тип тела говорит заголовок Content-Type; какой нужен, написано в описании API", "Content-Type says what the body is; the API's description says what it should be"}},
	"problems":             {http.StatusUnprocessableEntity, text{"На схеме есть ошибки", "The diagram has errors"}, text{"Исправьте их и загрузите снова: ничего не изменилось", "Mend them and upload again: nothing was changed"}},
	"refused":              {http.StatusUnprocessableEntity, text{"Сейчас это нельзя сделать", "This can't be done now"}, text{}},
	"last_admin":           {http.StatusUnprocessableEntity, text{"Это последний, кто может настраивать систему", "This is the last one who can configure the system"}, text{"Сначала дайте роль admin кому-то ещё", "Give the role admin to somebody else first"}},
	"idempotency_key_used": {http.StatusUnprocessableEntity, text{"С этим ключом Idempotency-Key уже был другой запрос", "This Idempotency-Key came with another request before"}, text{"Для нового запроса возьмите новый ключ", "Take a new key for a new request"}},
	"tries":                {http.StatusTooManyRequests, text{"Слишком много попыток подряд", "Too many tries in a row"}, text{"Сколько подождать, сказано в заголовке Retry-After", "The header Retry-After says how long to wait"}},
	"streams":              {http.StatusTooManyRequests, text{"Открыто слишком много живых потоков", "Too many live streams are open"}, text{"Закройте лишние вкладки", "Close the tabs you do not need"}},
	"broken":               {http.StatusInternalServerError, text{"На сервере что-то сломалось", "Something broke on the server"}, text{"Номер запроса поможет найти причину в журнале сервера", "The request's number helps to find the cause in the server's log"}},
	"not_built":            {http.StatusNotImplemented, text{"Этого ещё нет", "This is not built yet"}, text{}},
	"busy":                 {http.StatusServiceUnavailable, text{"Сервер занят", "The server is busy"}, text{"Повторите через секунду", "Repeat in a second"}},
	"timeout":              {http.StatusServiceUnavailable, text{"Сервер не успел ответить", "The server did not answer in time"}, text{"Повторите с тем же Idempotency-Key: дважды ничего не сделается", "Repeat with the same Idempotency-Key: nothing is done twice"}},
	"stopping":             {http.StatusServiceUnavailable, text{"Сервер останавливается", "The server is stopping"}, text{"Повторите через несколько секунд", "Repeat in a few seconds"}},
	"away":                 {http.StatusServiceUnavailable, text{"Хранилище не отвечает", "The store does not answer"}, text{"Повторите с тем же Idempotency-Key, когда оно вернётся: дважды ничего не сделается", "Repeat with the same Idempotency-Key when it is back: nothing is done twice"}},
	"late":                 {http.StatusServiceUnavailable, text{"Таймеры срабатывают с опозданием", "Timers fire late"}, text{"Что накопилось, показывает /metrics", "What has piled up is shown by /metrics"}},
	"failed":               {http.StatusServiceUnavailable, text{"Диск сервера отказал: ничего не записано", "The server's disk fails: nothing was written"}, text{"Повторите позже. Тот, кто следит за сервером, видит причину в его журнале", "Repeat later. Whoever looks after the server sees the reason in its log"}},
	"damaged":              {http.StatusInternalServerError, text{"То, что здесь хранилось, повреждено", "What was kept of this is damaged"}, text{"Что повреждено и чем это исправить, тому, кто следит за сервером, говорит voronka check", "voronka check tells whoever looks after the server what is damaged, and what mends it"}},
	"full":                 {http.StatusInsufficientStorage, text{"На диске сервера кончилось место: ничего не записано", "The server's disk is full: nothing was written"}, text{"Место освобождает тот, кто следит за сервером", "Whoever looks after the server makes room"}},

	"message_not_awaited": {http.StatusUnprocessableEntity, text{"Этого сообщения никто не ждёт", "Nobody waits for this message"}, text{"Проверьте имя сообщения и ключ", "Check the name and the key"}},
	"instance_card":       {http.StatusUnprocessableEntity, text{"Это карточка", "This is a card"}, text{"Её открывают снова по её адресу: /api/v1/cards/{id}/reopen", "It is reopened at its own address: /api/v1/cards/{id}/reopen"}},
	"task_not_open":       {http.StatusUnprocessableEntity, text{"Эта задача уже закрыта", "This task is closed"}, text{"Загрузите карточку заново", "Load the card again"}},
	"incident_not_open":   {http.StatusNotFound, text{"Этот сбой уже устранён", "This incident is resolved"}, text{}},
	"job_not_open":        {http.StatusNotFound, text{"Эта работа уже закончена", "This job is over"}, text{}},
	"instance_over":       {http.StatusUnprocessableEntity, text{"Это уже закончено", "This is over"}, text{}},
	"flow_needed":         {http.StatusUnprocessableEntity, text{"Дальше несколько путей: выберите один", "There is more than one way on: choose one"}, text{"Назовите путь в поле to", "Name it in the field to"}},
}

// sentences are what else is said, by name.
var sentences = map[string]text{
	"too_large_detail": {"Можно не больше %d КиБ", "At most %d KiB are taken"},

	"right_configure": {"Схемы и людей настраивает роль admin", "The role admin publishes diagrams and looks after people"},
	"right_override":  {"Двигать карточку против схемы может head_of_sales или admin", "head_of_sales or admin may move a card against the drawing"},
	"right_oversee":   {"Это видят head_of_sales и admin", "head_of_sales and admin see this"},
	"right_money":     {"Деньги подтверждает роль accountant", "The role accountant confirms money"},
	"right_bonus":     {"Чужие бонусы видят accountant и head_of_sales", "accountant and head_of_sales see the bonus of others"},
	"right_integrate": {"Сообщения извне присылают роли integration и admin", "The roles integration and admin send messages from outside"},

	"field_required":  {"Заполните это поле", "Fill this in"},
	"field_unknown":   {"Такого поля или значения нет", "There is no such field or value"},
	"field_malformed": {"Это записано не так", "This is not written right"},
	"field_too_long":  {"Слишком длинно", "This is too long"},
	"field_too_short": {"Слишком коротко", "This is too short"},
	"field_too_many":  {"Слишком много", "There are too many"},
	"field_different": {"Это разные вещи", "These are different things"},

	"late_detail":  {"Первый из просроченных таймеров ждёт уже %d с", "The timer that is due first has been due for %d s"},
	"refused_many": {"Чтобы это сделать, не хватает: %d", "Missing before this can be done: %d"},
	"json_syntax":  {"JSON обрывается или написан с ошибкой у байта %d", "The JSON ends early or is wrong at byte %d"},
	"json_more":    {"За объектом JSON что-то следует", "Something follows the JSON object"},
	"json_utf8":    {"Тело запроса не в UTF-8", "The body is not in UTF-8"},
	"parts_broken": {"Части multipart не читаются: %s", "The parts of the multipart body can't be read: %s"},
	"body_empty":   {"Тело запроса пустое", "The body is empty"},
	"key_odd":      {"Idempotency-Key — от 1 до 200 печатных знаков ASCII", "Idempotency-Key is 1 to 200 printable ASCII characters"},
	"no_web":       {"Страницы не собраны. Соберите их командой make web и соберите программу снова. API работает: %s", "The pages are not built. Build them with make web, then build the program again. The API works: %s"},
	"no_backup":    {"Это хранилище копируют его собственными средствами", "This store is copied by its own means"},
	"no_tor":       {"Техническое задание документом появится позже: сейчас схема отдаётся как XML", "The terms of reference as a document come later: for now the diagram is given as XML"},
}

// stops are what keeps a token or a robot from going on, by the code of its incident, for the name of the element.
var stops = map[string]text{
	"":                      {"«%s» дальше не идёт", "“%s” can't go on"},
	"job_failed":            {"«%s»: робот не справился, попытки кончились", "“%s”: the robot did not manage it, its attempts are spent"},
	"worker_lost":           {"«%s»: робот не ответил вовремя", "“%s”: the robot did not answer in time"},
	"uncaught_error":        {"«%s»: робот сообщил об ошибке, для которой на схеме нет пути", "“%s”: the robot tells of an error that the diagram has no way for"},
	"no_flow_taken":         {"После «%s» не подошёл ни один путь: ни одно условие не выполнено", "No way behind “%s” fits: none of its conditions holds"},
	"gate_unmet":            {"«%s»: пришли без того, что этап требует на входе", "“%s” was entered without what it asks for on entry"},
	"timer_refused":         {"Время «%s» пришло, но сделать это сейчас нельзя", "The time of “%s” came, but it can't be done now"},
	"signal_refused":        {"Сигнал для «%s» пришёл, но сделать это сейчас нельзя", "The signal for “%s” came, but it can't be done now"},
	"timer_missing":         {"«%s»: на схеме не сказано, когда", "“%s”: the diagram does not say when"},
	"timer_invalid":         {"«%s»: время на схеме не вычисляется", "“%s”: the time on the diagram can't be worked out"},
	"expression_failed":     {"«%s»: выражение на схеме не вычисляется", "“%s”: an expression of the diagram can't be worked out"},
	"expression_invalid":    {"«%s»: выражение на схеме не вычисляется", "“%s”: an expression of the diagram can't be worked out"},
	"expression_limit":      {"«%s»: выражение на схеме слишком сложное для этих данных", "“%s”: an expression of the diagram is too much for these data"},
	"value_invalid":         {"«%s»: данные не того вида, которого ждёт схема", "“%s”: the data are not of the kind that the diagram expects"},
	"collection_invalid":    {"«%s» повторяется по списку, но это не список", "“%s” repeats for a list, but this is none"},
	"cardinality_invalid":   {"«%s»: непонятно, сколько раз повторять", "“%s”: it can't be told how often to repeat"},
	"cardinality_limit":     {"«%s»: повторов больше, чем можно", "“%s” would repeat more often than is allowed"},
	"correlation_key_empty": {"«%s» ждёт сообщения, но ключ, по которому его узнать, пуст", "“%s” waits for a message, but the key to know it by is empty"},
	"name_too_long":         {"«%s» ждёт сообщения со слишком длинным именем", "“%s” waits for a message whose name is too long"},
	"call_unknown":          {"«%s» запускает процесс, которого здесь нет", "“%s” starts a process that is not here"},
	"call_depth":            {"«%s»: процессы слишком глубоко запускают друг друга", "“%s”: processes start each other too deep"},
	"step_limit":            {"«%s»: процесс ходит по кругу", "“%s”: the process runs in a circle"},
	"token_limit":           {"«%s»: процесс слишком разросся", "“%s”: the process has grown too large"},
}

// say is a sentence in the caller's language.
func (c *call) say(name string, args ...any) string {
	return fmt.Sprintf(sentences[name].in(c.language()), args...)
}

// language is the caller's: the actor's own, else what the browser prefers, else Russian.
func (c *call) language() string {
	if c.actor.Language != "" {
		return c.actor.Language
	}
	for _, tag := range strings.Split(c.r.Header.Get("Accept-Language"), ",") {
		tag = strings.ToLower(strings.TrimSpace(tag))
		for _, language := range []string{"ru", "en"} {
			if tag == language || strings.HasPrefix(tag, language+"-") || strings.HasPrefix(tag, language+";") {
				return language
			}
		}
	}
	return "ru"
}
