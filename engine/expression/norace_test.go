//go:build !race

package expression_test

const slack = 1
