package bench

import (
	"io"

	"github.com/schollz/progressbar/v3"
)

// Bar draws how far something is on a terminal; close takes it away.
func Bar(out io.Writer) (tell func(doing string, done float64), clear func()) {
	const whole = 1000
	bar := progressbar.NewOptions(whole, progressbar.OptionSetWriter(out), progressbar.OptionSetWidth(30), progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(true), progressbar.OptionThrottle(100e6), progressbar.OptionClearOnFinish(), progressbar.OptionSetRenderBlankState(true))
	was := ""
	return func(doing string, done float64) {
		if doing != was {
			bar.Describe(doing)
			was = doing
		}
		_ = bar.Set(min(whole-1, int(done*whole)))
	}, func() { _ = bar.Finish() }
}
