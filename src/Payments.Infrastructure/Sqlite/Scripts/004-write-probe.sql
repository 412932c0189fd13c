-- One row that the readiness probe writes, to see whether anything can be written.
CREATE TABLE write_probe (
    number INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    CONSTRAINT pk_write_probe PRIMARY KEY (number)
) STRICT;

INSERT INTO write_probe (number, writes) VALUES (1, 0);
