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

-- An index entry each: key is the place of a storage.Entry behind the name of its index, which ends in kind and id of the record. One
-- that its record has no more is gone, and is removed a little later: to look for it in the deed itself would make the deed conflict
-- with each that writes beside it.
CREATE TABLE entries (
	name  text COLLATE "C" NOT NULL,
	key   bytea NOT NULL,
	kind  text COLLATE "C" NOT NULL,
	id    text COLLATE "C" NOT NULL,
	value bytea,
	gone  boolean NOT NULL DEFAULT false,
	PRIMARY KEY (name, key)
) WITH (fillfactor = 80);

-- A commit each, for as long as whoever made it may have to ask whether it happened.
CREATE TABLE deeds (
	replica bigint NOT NULL,
	number  bigint NOT NULL,
	at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (replica, number)
);

-- A process each that has the store open, or had it not long ago: it says every few seconds that it is alive.
CREATE TABLE replicas (
	replica bigint PRIMARY KEY,
	name    text NOT NULL,
	at      timestamptz NOT NULL DEFAULT now()
);
