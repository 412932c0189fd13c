-- One row that the readiness probe writes, to see whether anything can be written.
CREATE TABLE write_probe (
    number int NOT NULL,
    writes bigint NOT NULL,
    CONSTRAINT pk_write_probe PRIMARY KEY CLUSTERED (number)
);

INSERT INTO write_probe (number, writes) VALUES (1, 0);
