-- Creates the database and the login of the service. An administrator runs this script with sqlcmd, which reads PAYMENTS_DATABASE_PASSWORD from
-- the environment. Running it again only changes the password. The service creates its tables when it first starts.
IF DB_ID(N'payments') IS NULL
BEGIN
    CREATE DATABASE payments;
    -- Readers see committed data and do not wait for writers.
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
-- Only what the service needs: it can create tables, and read and write rows. It cannot create logins or backups.
ALTER ROLE db_ddladmin ADD MEMBER payments;
ALTER ROLE db_datareader ADD MEMBER payments;
ALTER ROLE db_datawriter ADD MEMBER payments;
GO
