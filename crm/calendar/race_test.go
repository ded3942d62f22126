//go:build race

package calendar_test

// slack is how much slower all is where the race detector looks on.
const slack = 20
