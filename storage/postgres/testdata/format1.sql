-- What a store is made of. Only what PostgreSQL, CockroachDB and YugabyteDB all understand.

-- What this is: the number of the format, and of the views.
CREATE TABLE about (
	name  text PRIMARY KEY,
	value text NOT NULL
);

-- A record each, in order of bytes. entries is what stands in the table of that name for it, as storage.AppendEntries writes it: so
-- that a record is read, and its entries are replaced, without looking for them.
CREATE TABLE records (
	kind    text COLLATE "C" NOT NULL,
	id      text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	data    json,
	entries bytea,
	PRIMARY KEY (kind, id)
) WITH (fillfactor = 80);

-- An index entry each: key is the place of a storage.Entry behind the name of its index, which ends in kind and id of the record.
CREATE TABLE entries (
	name  text COLLATE "C" NOT NULL,
	key   bytea NOT NULL,
	kind  text COLLATE "C" NOT NULL,
	id    text COLLATE "C" NOT NULL,
	value bytea,
	PRIMARY KEY (name, key)
);

-- A commit each, for as long as whoever made it may have to ask whether it happened.
CREATE TABLE deeds (
	replica bigint NOT NULL,
	number  bigint NOT NULL,
	at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (replica, number)
);

-- What reporting tools read. The views are part of the product's interface: columns are only ever added, at the end. None of them can
-- be written to (which the WITH sees to), and none shows a password or a session.

-- A lead or deal. amount is in minor units; stages are those that it stands in now.
CREATE OR REPLACE VIEW cards AS
WITH r AS (SELECT id, version, data FROM records WHERE kind = 'card')
SELECT
	id,
	version,
	data->>'funnel' AS funnel,
	data->>'definition' AS definition,
	data->>'kind' AS kind,
	data->>'title' AS title,
	(data->>'amount')::bigint AS amount,
	data->>'currency' AS currency,
	data->>'owner' AS owner,
	data->>'contact' AS contact,
	data->>'company' AS company,
	(SELECT string_agg(s->>'stage', ', ') FROM json_array_elements(data->'stands') AS s) AS stages,
	data->>'outcome' AS outcome,
	data->>'reason' AS reason,
	data->>'comment' AS comment,
	data->>'parent' AS parent,
	data->>'from' AS converted_from,
	data->>'to' AS converted_to,
	coalesce((data->>'stuck')::bigint, 0) AS incidents,
	(data->>'created')::timestamptz AS created,
	(data->>'updated')::timestamptz AS updated,
	(data->>'closed')::timestamptz AS closed
FROM r;

-- A stage that a card stands in now, since when, and until when it should be left.
CREATE OR REPLACE VIEW stands AS
WITH r AS (SELECT id, data FROM records WHERE kind = 'card')
SELECT
	r.id AS card,
	r.data->>'funnel' AS funnel,
	s->>'stage' AS stage,
	(s->>'since')::timestamptz AS since,
	(s->>'due')::timestamptz AS due,
	s->>'held' AS held
FROM r, json_array_elements(r.data->'stands') AS s;

-- A line of history: what happened to an instance, in order of page and line. A card's instance has the card's id.
CREATE OR REPLACE VIEW history AS
WITH r AS (SELECT id, data FROM records WHERE kind = 'history')
SELECT
	left(r.id, length(r.id) - 9) AS instance,
	right(r.id, 8)::bigint AS page,
	l.line,
	(l.said->>'at')::timestamptz AS at,
	l.said->>'kind' AS kind,
	l.said->>'element' AS element,
	(l.said->>'token')::bigint AS token,
	l.said->>'who' AS who,
	l.said->'data' AS data
FROM r, json_array_elements(r.data) WITH ORDINALITY AS l (said, line);

-- A stay of a card in an element of its diagram, stages among them: when it came, and when and how it left, if it did.
CREATE OR REPLACE VIEW stage_log AS
WITH steps AS (
	SELECT
		instance, element, token, kind, at,
		lead(at) OVER stay AS until_at,
		lead(kind) OVER stay AS ended
	FROM history
	WHERE kind IN ('entered', 'completed', 'cancelled')
	WINDOW stay AS (PARTITION BY instance, element, token ORDER BY page, line)
)
SELECT steps.instance AS card, c.data->>'funnel' AS funnel, steps.element AS stage, steps.at AS entered, steps.until_at AS left_at, steps.ended
FROM steps JOIN records AS c ON c.kind = 'card' AND c.id = steps.instance
WHERE steps.kind = 'entered';

-- A person or company.
CREATE OR REPLACE VIEW contacts AS
WITH r AS (SELECT id, version, data FROM records WHERE kind = 'contact')
SELECT
	id,
	version,
	data->>'kind' AS kind,
	data->>'name' AS name,
	data->'phones' AS phones,
	data->'emails' AS emails,
	data->>'inn' AS inn,
	data->>'company' AS company,
	data->>'position' AS position,
	data->>'into' AS merged_into,
	(data->>'created')::timestamptz AS created,
	(data->>'updated')::timestamptz AS updated
FROM r;

-- Somebody who may sign in.
CREATE OR REPLACE VIEW users AS
WITH r AS (SELECT id, version, data FROM records WHERE kind = 'user')
SELECT
	id,
	version,
	data->>'name' AS name,
	data->'roles' AS roles,
	data->>'branch' AS branch,
	data->>'language' AS language,
	(data->>'active')::boolean AS active,
	(data->>'created')::timestamptz AS created
FROM r;

-- A version of a process, as it was deployed.
CREATE OR REPLACE VIEW definitions AS
WITH r AS (SELECT id, data FROM records WHERE kind = 'definition')
SELECT
	id,
	data->>'process' AS process,
	data->>'name' AS name,
	(data->>'version')::bigint AS version,
	data->>'file' AS file,
	(data->>'deployed')::timestamptz AS deployed,
	data->>'by' AS deployed_by
FROM r;
;

INSERT INTO about (name, value) VALUES ('format', '1'), ('views', '1');
INSERT INTO records (kind, id, version, data, entries) VALUES ('card', 'c1', 3, '{"funnel":"lead","title":"Анна"}', '\x0364756503616263017a');
INSERT INTO entries (name, key, kind, id, value) VALUES ('due', '\x61626300016361726400016331', 'card', 'c1', '\x7a');
