package storage

import "github.com/goccy/go-json"

// Marshal and Unmarshal are the JSON of records: the one place that chooses the codec. A test holds it against encoding/json.
func Marshal(v any) ([]byte, error) { return json.MarshalWithOption(v, json.DisableHTMLEscape()) }

// Unmarshal reads what Marshal wrote.
func Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }
