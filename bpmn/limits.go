package bpmn

// What a file may ask of the reader. Real diagrams stay far below: the largest of a hundred and fifty from the field has 0.6 MB and 9,000 elements.
const (
	maxBytes      = 16 << 20 // of a file
	maxElements   = 120_000  // of a file, its drawing and extensions included
	maxModel      = 60_000   // of a file, in the namespace of BPMN's model: each becomes a part of the model, which is larger
	maxAttributes = 480_000  // of a file
	maxPerElement = 256      // attributes of one element
	maxPrefixes   = 100      // bound at one place
	maxValue      = 1 << 20  // bytes of one attribute
	maxID         = 1000     // bytes of an id: ids are keys of records
	maxDepth      = 256      // of elements
	maxScopes     = 100      // of sub-processes within each other
	maxKeys       = 20       // of correlation, for the messages of one process
	maxProblems   = 500      // said of one file
)
