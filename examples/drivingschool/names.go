package drivingschool

import (
	"fmt"
	"math/rand/v2"
)

// Names of people who are nobody.
var (
	men      = []string{"Алексей", "Артём", "Богдан", "Виктор", "Георгий", "Глеб", "Евгений", "Игорь", "Илья", "Кирилл", "Максим", "Матвей", "Никита", "Роман", "Станислав", "Фёдор", "Юрий", "Ярослав"}
	women    = []string{"Алина", "Вера", "Дарина", "Елена", "Жанна", "Зоя", "Инна", "Ксения", "Лидия", "Милана", "Надежда", "Полина", "Регина", "София", "Таисия", "Ульяна", "Эмма", "Яна"}
	families = []string{
		"Абрамов", "Беляев", "Власов", "Гаврилов", "Давыдов", "Ершов", "Жданов", "Зуев", "Исаев", "Калинин", "Лазарев", "Макаров", "Назаров", "Овчинников",
		"Панфилов", "Рябов", "Савельев", "Тарасов", "Уваров", "Филатов", "Харитонов", "Цветков", "Чернов", "Шаров", "Щукин", "Юдин", "Яшин",
	}
	streets   = []string{"Берёзовая", "Вишнёвая", "Кленовая", "Липовая", "Рябиновая", "Сиреневая", "Сосновая", "Ясеневая"}
	companies = []string{"Логистика-Юг", "Северный экспресс", "Чистый двор", "Медтранс", "Пекарня на углу"}
)

// directory draws people, none twice.
type directory struct {
	*rand.Rand
	drawn int
	used  map[string]bool
}

// identity is who somebody is.
type identity struct {
	name, phone, email string
	number             int
}

// next draws somebody. The phone's figures are those that nobody has: 000-00 with two more.
func (d *directory) next() identity {
	d.drawn++
	n := d.drawn
	for {
		first, last := pick(d.Rand, men), pick(d.Rand, families)
		if d.IntN(2) == 0 {
			first, last = pick(d.Rand, women), last+"а"
		}
		name := first + " " + last
		if d.used[name] {
			continue
		}
		d.used[name] = true
		return identity{name, fmt.Sprintf("+7 9%02d 000-00-%02d", 10+n/100, n%100), fmt.Sprintf("client%d@example.com", n), n}
	}
}

// pick draws one of several.
func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// inn makes a company's number that no tax office gives out: there is no region 00.
func inn(n int) string {
	figures, sum := fmt.Sprintf("00%07d", n), 0
	for at, weight := range []int{2, 4, 10, 3, 5, 9, 4, 6, 8} {
		sum += weight * int(figures[at]-'0')
	}
	return fmt.Sprintf("%s%d", figures, sum%11%10)
}
