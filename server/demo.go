package server

// DemoPerson is somebody of a demo, who enters by one click.
type DemoPerson struct {
	Login    string   `json:"login"`
	Name     string   `json:"name"`
	Password string   `json:"password"`
	Roles    []string `json:"roles"`
}

// showDemo gives the people of a demo; elsewhere there is nothing.
func showDemo(c *call) (*answer, error) {
	if len(c.s.opts.Demo) == 0 {
		return nil, errNotFound
	}
	return ok(map[string]any{"people": c.s.opts.Demo})
}
