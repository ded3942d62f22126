package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

func deployCommand() *cobra.Command {
	var c client
	data := ""
	cmd := &cobra.Command{
		Use:   "deploy (--server URL --token TOKEN | --data DIR) FILE...",
		Short: "Upload diagrams, with their labels and templates",
		Long: "Uploads diagrams together with the labels (<diagram>.en.properties) and templates beside them, to a running server or into a\n" +
			"data folder. Problems are printed; with an error among them nothing is deployed and the exit status is 1.",
		Args:    cobra.MinimumNArgs(1),
		Example: "  voronka deploy --server http://127.0.0.1:8080 --token $TOKEN examples/drivingschool/*.bpmn",
		RunE: func(cmd *cobra.Command, names []string) error {
			if (c.server == "") == (data == "") {
				return errors.New("say where to: --server of a running one, or --data of a stopped one")
			}
			files, err := readFiles(names)
			if err != nil {
				return err
			}
			var done deployed
			if data != "" {
				done, err = deployData(cmd, data, files)
			} else {
				done, err = deployServer(cmd, c, files)
			}
			if err != nil {
				return err
			}
			return done.print(cmd.OutOrStdout())
		},
	}
	c.flags(cmd)
	cmd.Flags().StringVar(&data, "data", "", "the data folder, of which no server may be running")
	return cmd
}

// deployed is what became of an upload.
type deployed struct {
	Definitions []struct {
		ID      string `json:"id"`
		Process string `json:"process"`
		Version int    `json:"version"`
	} `json:"definitions"`
	Problems []bpmn.Problem `json:"problems"`
}

func (d deployed) print(w io.Writer) error {
	if err := (report{File: "upload", Problems: d.Problems}).print(w, false); err != nil {
		return err
	}
	if bpmn.Severe(d.Problems) {
		return answerNo{}
	}
	for _, one := range d.Definitions {
		if _, err := fmt.Fprintf(w, "%s is version %d of %s\n", one.ID, one.Version, one.Process); err != nil {
			return err
		}
	}
	return nil
}

func readFiles(names []string) ([]funnel.File, error) {
	files := make([]funnel.File, len(names))
	for n, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files[n] = funnel.File{Name: filepath.Base(name), Data: data}
	}
	return files, nil
}

func deployData(cmd *cobra.Command, dir string, files []funnel.File) (deployed, error) {
	var done deployed
	store, err := openData(dir)
	if err != nil {
		return done, err
	}
	defer store.Close()
	a, err := openApp(cmd.Context(), store, engine.Options{})
	if err != nil {
		return done, err
	}
	err = a.engine.Update(cmd.Context(), func(tx *engine.Tx) error {
		definitions, problems, err := funnel.Upload(tx, access.System("deploy"), files)
		done = deployed{Problems: problems}
		for _, d := range definitions {
			done.Definitions = append(done.Definitions, struct {
				ID      string `json:"id"`
				Process string `json:"process"`
				Version int    `json:"version"`
			}{d.ID, d.Process, d.Version})
		}
		return err
	})
	return done, err
}

func deployServer(cmd *cobra.Command, c client, files []funnel.File) (deployed, error) {
	var done deployed
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range files {
		part, err := form.CreateFormFile("file", f.Name)
		if err != nil {
			return done, err
		}
		if _, err := part.Write(f.Data); err != nil {
			return done, err
		}
	}
	if err := form.Close(); err != nil {
		return done, err
	}
	answer, err := c.call(cmd.Context(), http.MethodPost, "/definitions", form.FormDataContentType(), &body)
	if err != nil {
		return done, err
	}
	defer answer.Body.Close()
	return done, json.NewDecoder(answer.Body).Decode(&done)
}
