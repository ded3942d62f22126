package server

import (
	"encoding/json"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// sendMessage tells a process what happened outside, and which instance took it, of several the last; none, where it waits. Needs the right
// integrate.
func sendMessage(c *call) (*answer, error) {
	var in struct {
		Name string                     `json:"name"`
		Key  string                     `json:"key"`
		Card string                     `json:"card"`
		Vars map[string]json.RawMessage `json:"vars"`
		ID   string                     `json:"id"`
		Wait int                        `json:"wait_seconds"`
		All  bool                       `json:"all"`
	}
	if err := c.need(access.Integrate); err != nil {
		return nil, err
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, badField("name", "required")
	}
	if in.Wait < 0 || in.Wait > mostWait {
		return nil, badField("wait_seconds", "malformed")
	}
	return c.update(func(tx *engine.Tx) (string, error) {
		took, err := tx.Message(engine.Message{
			Name: in.Name, Key: in.Key, Instance: in.Card, Variables: in.Vars, ID: in.ID, TTL: time.Duration(in.Wait) * time.Second, All: in.All,
		})
		if err != nil || took == nil {
			return "", err
		}
		return took.ID, nil
	}, func(_ *engine.Tx, id string) (*answer, error) {
		return ok(map[string]string{"instance": id})
	})
}

// mostWait is how many seconds a message may wait for its catcher: a month.
const mostWait = 30 * 24 * 60 * 60
