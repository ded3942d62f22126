package server

// Routes are the methods and paths of the whole API, as the table of routes has them.
func Routes() []string {
	all := make([]string, len(routes))
	for n, r := range routes {
		all[n] = r.method + " " + r.path
	}
	return all
}
