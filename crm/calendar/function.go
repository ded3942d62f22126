package calendar

import (
	"fmt"
	"time"

	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/engine/schedule"
)

// Clock is what the functions ask of an expression.Env's Context.
type Clock interface {
	Calendar() *Calendar
	Entered() time.Time // the beginning that working(period) counts from: when the stage was entered
}

// Functions are what expressions count working time with:
//
//	working(period)          a period of working time after entering the stage
//	working(from, period)    after a date, which counts from DayStart, or a time
//	at(from, days, "10:30")  a time of day so many working days after a date or a time
//
// They are Add and At of the Context's Calendar.
func Functions() []expression.Function {
	return []expression.Function{
		{
			Name: "working", Params: []expression.Type{expression.DurationType}, Min: 1, Result: expression.TimeType,
			Call: func(env *expression.Env, args []any) (any, error) {
				clock, err := clockOf(env)
				if err != nil {
					return nil, err
				}
				return bounded(clock.Calendar().Add(clock.Entered(), args[0].(schedule.Period)))
			},
		},
		{
			Name: "working", Params: []expression.Type{expression.Any, expression.DurationType}, Min: 2, Result: expression.TimeType,
			Call: func(env *expression.Env, args []any) (any, error) {
				clock, err := clockOf(env)
				if err != nil {
					return nil, err
				}
				calendar := clock.Calendar()
				from, err := calendar.moment(args[0])
				if err != nil {
					return nil, err
				}
				return bounded(calendar.Add(from, args[1].(schedule.Period)))
			},
		},
		{
			Name: "at", Params: []expression.Type{expression.Any, expression.Int, expression.String}, Min: 3, Result: expression.TimeType,
			Call: func(env *expression.Env, args []any) (any, error) {
				clock, err := clockOf(env)
				if err != nil {
					return nil, err
				}
				from, err := expression.As(expression.TimeType, args[0], clock.Calendar().zone)
				if err != nil {
					return nil, err
				}
				return clock.Calendar().At(from.(time.Time), args[1].(int), args[2].(string))
			},
		},
	}
}

func clockOf(env *expression.Env) (Clock, error) {
	clock, ok := env.Context.(Clock)
	if !ok || clock.Calendar() == nil {
		return nil, fmt.Errorf("there is no calendar here to count working time in")
	}
	return clock, nil
}

// moment is the beginning that a date or a time stands for.
func (c *Calendar) moment(v any) (time.Time, error) {
	if d, ok := v.(expression.Date); ok {
		return c.DayStart(d), nil
	}
	at, err := expression.As(expression.TimeType, v, c.zone)
	if err != nil {
		return time.Time{}, err
	}
	return at.(time.Time), nil
}

func bounded(t time.Time) (any, error) {
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, fmt.Errorf("the years go from 1 to 9999")
	}
	return t, nil
}
