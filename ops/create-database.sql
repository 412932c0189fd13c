-- Makes the database and the login of the service. An administrator runs it with sqlcmd, which takes PAYMENTS_DATABASE_PASSWORD from the
-- environment; run again, it changes nothing but the password. The service makes its tables itself.
IF DB_ID(N'payments') IS NULL
BEGIN
    CREATE DATABASE payments;
    -- Readers see what is committed and wait for no writer.
    ALTER DATABASE payments SET READ_COMMITTED_SNAPSHOT ON;
END
GO
IF SUSER_ID(N'payments') IS NULL
    CREATE LOGIN payments WITH PASSWORD = N'$(PAYMENTS_DATABASE_PASSWORD)', DEFAULT_DATABASE = payments;
ELSE
    ALTER LOGIN payments WITH PASSWORD = N'$(PAYMENTS_DATABASE_PASSWORD)';
GO
USE payments;
GO
IF USER_ID(N'payments') IS NULL
    CREATE USER payments FOR LOGIN payments;
-- Tables and rows, no more: neither other logins nor back-ups.
ALTER ROLE db_ddladmin ADD MEMBER payments;
ALTER ROLE db_datareader ADD MEMBER payments;
ALTER ROLE db_datawriter ADD MEMBER payments;
GO
