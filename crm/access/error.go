package access

import "errors"

// The sentinels.
var (
	ErrNobody    = errors.New("no session or token says who this is") // or it is over
	ErrPassword  = errors.New("this login and password do not belong together")
	ErrBusy      = errors.New("too many passwords are being looked at")
	ErrTaken     = errors.New("somebody has or had this login")
	ErrLastAdmin = errors.New("nobody could configure anything any more")
)

// Denied says that the actor lacks a right. Holders names the roles that have it.
type Denied struct{ Right Right }

func (d *Denied) Error() string { return "this needs the right " + string(d.Right) }

// Invalid says that what was given for a field can't be kept.
type Invalid struct {
	Field string
	Code  string // required, too_short, too_long, malformed
}

func (i *Invalid) Error() string { return i.Field + ": " + i.Code }
