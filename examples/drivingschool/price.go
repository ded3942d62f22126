package drivingschool

import "strconv"

// Good is a row of the price list.
type Good struct {
	SKU   string
	Name  string
	Price int // roubles
	Hours int // of driving
}

// Prices is the price list.
var Prices = []Good{
	{"B-MT-STD", "Категория B, механика, «Стандарт»", 49_900, 56},
	{"B-AT-STD", "Категория B, автомат, «Стандарт»", 51_900, 54},
	{"B-AT-PREM", "Категория B, автомат, «Премиум»", 74_900, 60},
	{"A-STD", "Категория A, мотоцикл", 32_900, 18},
	{"C-STD", "Категория C", 54_900, 72},
	{"RESTORE-10", "Восстановление навыков, 10 ч", 16_500, 10},
	{"ADD-HOUR", "Доп. час вождения", 2_200, 2},
	{"ADD-PACK5", "Пакет 5 доп. занятий", 9_900, 10},
	{"EXAM-CAR", "Автомобиль школы на экзамен ГАИ", 3_500, 0},
	{"EXAM-ROUTE", "Экзаменационные маршруты, 2 занятия", 4_200, 4},
	{"RETAKE-SUP", "Сопровождение пересдачи и машина", 4_500, 0},
	{"MED", "Медкомиссия у партнёра", 2_500, 0},
	{"BOOK", "Учебник и билеты", 1_200, 0},
	{"CORP-B", "Корпоративное обучение B, за слушателя", 46_000, 56},
	{"CORP-SAFE", "Защитное вождение, 8 ч, за слушателя", 9_500, 8},
	{"CORP-CHECK", "Проверка навыков водителя", 3_200, 1},
}

// Price finds a good by its SKU.
func Price(sku string) Good {
	for _, g := range Prices {
		if g.SKU == sku {
			return g
		}
	}
	panic("the school does not sell " + sku)
}

// row is so many of the good as a row of a deal.
func (g Good) row(qty int) fields {
	return fields{"sku": g.SKU, "name": g.Name, "price": strconv.Itoa(g.Price), "qty": qty}
}
