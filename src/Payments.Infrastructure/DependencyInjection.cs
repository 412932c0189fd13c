using System.Data;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Payments.Domain.Accounts;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;
using Payments.Infrastructure.Accounts;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Sqlite;
using Payments.Infrastructure.SqlServer;

namespace Payments.Infrastructure;

public static class DependencyInjection
{
    /// <summary>Keeps payments in the database of the settings; a relative file is below <paramref name="contentRoot"/>.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, DatabaseOptions options, string contentRoot)
    {
        // ADO.NET's plain DateTime is SQL Server's datetime, which rounds to 3 ms.
        SqlMapper.AddTypeMap(typeof(DateTime), DbType.DateTime2);
        return services
            .AddSingleton(options)
            .AddSingleton<IDatabase>(_ => new TracedDatabase(options.Provider == DatabaseProvider.Sqlite
                ? new SqliteDatabase(options.ConnectionString, contentRoot)
                : new SqlServerDatabase(options.ConnectionString)))
            .AddSingleton(provider => new DatabaseSchema(provider.GetRequiredService<IDatabase>()))
            .AddSingleton(provider => new DatabaseProbe(provider.GetRequiredService<IDatabase>()))
            .AddSingleton(provider => new DatabaseBackup(provider.GetRequiredService<IDatabase>()))
            .AddSingleton<IPaymentRepository, PaymentRepository>()
            .AddSingleton<IAccountRepository, AccountRepository>()
            .AddSingleton<IConnectorRepository, ConnectorRepository>();
    }
}
