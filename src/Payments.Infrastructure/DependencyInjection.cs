using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Payments.Application.Events;
using Payments.Application.Inbox;
using Payments.Application.Payments;
using Payments.Application.Totals;
using Payments.Application.Webhooks;
using Payments.Infrastructure.Accounts;
using Payments.Infrastructure.Changes;
using Payments.Infrastructure.Connectors;
using Payments.Infrastructure.Database;
using Payments.Infrastructure.Events;
using Payments.Infrastructure.Events.Verification;
using Payments.Infrastructure.Inbox;
using Payments.Infrastructure.Payments;
using Payments.Infrastructure.Schema;
using Payments.Infrastructure.Secrets;
using Payments.Infrastructure.Sqlite;
using Payments.Infrastructure.SqlServer;
using Payments.Infrastructure.Totals;
using Payments.Infrastructure.Webhooks;

namespace Payments.Infrastructure;

public static class DependencyInjection
{
    /// <summary>Stores payments in the database that the settings under <c>Database</c> name.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services)
    {
        services.AddOptions<DatabaseOptions>().BindConfiguration("Database").ValidateOnStart();
        services.AddOptions<SecretsOptions>().BindConfiguration("Secrets");
        services.AddOptions<InboxOptions>().BindConfiguration("Inbox").ValidateOnStart();
        services.AddOptions<WebhookOptions>().BindConfiguration("Webhooks").ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton<IValidateOptions<DatabaseOptions>, DatabaseOptions.Validation>()
            .AddSingleton(provider => new SqliteFile(Options(provider).ConnectionString!, provider.GetRequiredService<IHostEnvironment>().ContentRootPath))
            .AddSingleton(provider => new SqlServerConnections(Options(provider).ConnectionString!))
            .AddEither<ISchemaDatabase, SqliteFile, SqlServerConnections>()
            .AddEither<ISqlDialect, SqliteDialect, SqlServerDialect>()
            .AddEither<IPaymentPages, SqlitePaymentPages, SqlServerPaymentPages>()
            .AddSingleton<SqliteDatabase>()
            .AddSingleton<SqlServerDatabase>()
            .AddSingleton<IDatabase>(provider => Options(provider).IsSqlite
                ? new TracedDatabase(provider.GetRequiredService<SqliteDatabase>(), "sqlite")
                : new TracedDatabase(provider.GetRequiredService<SqlServerDatabase>(), "microsoft.sql_server"))
            .AddSingleton(provider => new DatabaseSchema(provider.GetRequiredService<ISchemaDatabase>()))
            .AddSingleton(provider => new DatabaseProbe(provider.GetRequiredService<IDatabase>()))
            .AddSingleton(provider => new DatabaseBackup(provider.GetRequiredService<ISchemaDatabase>(), provider.GetRequiredService<DatabaseSchema>()))
            .AddSingleton<EventSignal>()
            // Later than EventSealing, which every service has: a connection string of SQLite is not one of SQL Server.
            .AddSingleton<Func<SqlServerConnections>>(provider => provider.GetRequiredService<SqlServerConnections>)
            .AddSingleton<EventSealing>()
            .AddHostedService(provider => provider.GetRequiredService<EventSealing>())
            .AddSingleton<EventWriter>()
            .AddSingleton<IEventReader, EventReader>()
            .AddSingleton(provider => new EventEpoch(provider.GetRequiredService<IDatabase>()))
            .AddSingleton(provider => new EventVerification(
                provider.GetRequiredService<IDatabase>(), provider.GetRequiredService<ISqlDialect>(), provider.GetRequiredService<EventSealing>(),
                provider.GetRequiredService<IOptions<DatabaseOptions>>()))
            .AddSingleton<IPaymentRepository, PaymentRepository>()
            .AddSingleton<IPaymentReader, PaymentReader>()
            .AddSingleton<IAccountRepository, AccountRepository>()
            .AddSingleton<ConnectorRepository>()
            .AddSingleton<IConnectorRepository>(provider => provider.GetRequiredService<ConnectorRepository>())
            .AddSingleton<IConnectorSettings>(provider => provider.GetRequiredService<ConnectorRepository>())
            .AddSingleton<IInbox, InboxStore>()
            .AddSingleton<IValidateOptions<InboxOptions>, InboxOptions.Validation>()
            .AddSingleton(provider => new InboxRetention(TimeSpan.FromDays(provider.GetRequiredService<IOptions<InboxOptions>>().Value.RetentionDays)))
            .AddSingleton<SecretKeys>()
            .AddSingleton(provider => new SecretStore(provider.GetRequiredService<IDatabase>(), provider.GetRequiredService<SecretKeys>()))
            .AddSingleton<IPaymentTotals, PaymentTotals>()
            .AddSingleton<IWebhookRepository, WebhookRepository>()
            .AddSingleton<IWebhookDeliveries, WebhookDeliveries>()
            .AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptions.Validation>()
            .AddSingleton<TargetAddresses>()
            .AddSingleton<IWebhookSender, WebhookSender>();
    }

    private static DatabaseOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<DatabaseOptions>>().Value;

    private static IServiceCollection AddEither<TService, TSqlite, TSqlServer>(this IServiceCollection services)
        where TService : class
        where TSqlite : class, TService
        where TSqlServer : class, TService
    {
        services.TryAddSingleton<TSqlite>();
        services.TryAddSingleton<TSqlServer>();
        return services.AddSingleton<TService>(provider =>
            Options(provider).IsSqlite ? provider.GetRequiredService<TSqlite>() : provider.GetRequiredService<TSqlServer>());
    }
}
