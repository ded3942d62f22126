//go:build !race

package calendar_test

const slack = 1
