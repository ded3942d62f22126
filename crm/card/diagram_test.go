package card

import "github.com/voronka/voronka/crm/funneltest"

var (
	draw      = funneltest.Draw
	extension = funneltest.Extension
	form      = funneltest.Form
	field     = funneltest.Field
	node      = funneltest.Node
	stage     = funneltest.Stage
	end       = funneltest.End
	robot     = funneltest.Robot
	boundary  = funneltest.Boundary
	flows     = funneltest.Flows
	props     = funneltest.Props
	timer     = funneltest.Timer
)
