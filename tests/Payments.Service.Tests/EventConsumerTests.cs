using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Payments.Client;

namespace Payments.Service.Tests;

/// <summary>The sample consumer as a process that is killed while the service records payments.</summary>
public sealed class EventConsumerTests
{
    private const int Kills = 6;
    private const int Writers = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Consumer_KilledWhilePaymentsChange_CountsEachChangeOnce()
    {
        using var service = new ServiceProcess(_folder.Path, []);
        using var http = await service.ReadyAsync();
        var connector = await http.InstallConnectorAsync();
        await using var provider = Connect(http.BaseAddress!);
        var client = provider.GetRequiredService<IPaymentsClient>();
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(client, connector, writer, done.Token))).ToList();

        for (var kill = 0; kill < Kills; kill++)
        {
            using var consumer = StartConsumer(http.BaseAddress!);
            var stored = StoredPosition();
            WaitFor(() => StoredPosition() > stored, consumer);
            await Task.Delay(Random.Shared.Next(300));
            consumer.Kill();
            await consumer.WaitForExitAsync();
        }

        await done.CancelAsync();
        await Task.WhenAll(writers);
        var last = await LastPositionAsync(http);
        using (var consumer = StartConsumer(http.BaseAddress!))
        {
            WaitFor(() => StoredPosition() == last, consumer);
            consumer.Kill();
            await consumer.WaitForExitAsync();
        }

        var payments = await client.ListAllPaymentsAsync().ToListAsync();
        var expected = payments
            .GroupBy(payment => $"{payment.CreatedAt.UtcDateTime:yyyy-MM-dd} {payment.Asset} {payment.Status}")
            .Select(total => $"{total.Key} {total.Count()} {total.Aggregate(BigInteger.Zero, (sum, payment) => sum + payment.Amount)}");
        TestContext.Out.WriteLine($"{payments.Count} payments, {last} events");
        Assert.That(payments, Has.Count.GreaterThan(100));
        Assert.That(Totals(), Is.EquivalentTo(expected));
    }

    // Each payment is created, half of them succeed later, and some of these are refunded or get an earlier date.
    private static async Task WriteAsync(IPaymentsClient client, string connector, int writer, CancellationToken done)
    {
        for (var number = 0; !done.IsCancellationRequested; number++)
        {
            var request = new PaymentRequest
            {
                Reference = $"{writer}-{number}",
                ConnectorID = connector,
                CreatedAt = new DateTimeOffset(2024, 5, 2 + (number % 3), 12, 0, 0, TimeSpan.Zero),
                Amount = BigInteger.Pow(10, 37) + number,
                Type = PaymentType.PayIn,
                Status = PaymentStatus.Pending,
                Scheme = PaymentScheme.Visa,
                Asset = number % 5 == 0 ? "JPY/0" : "USD/2",
            };
            await client.CreatePaymentAsync(request, CancellationToken.None);
            if (number % 2 == 0)
            {
                request.Status = PaymentStatus.Succeeded;
                request.CreatedAt += number % 4 == 0 ? TimeSpan.FromHours(1) : TimeSpan.FromDays(-1);
                await client.CreatePaymentAsync(request, CancellationToken.None);
            }

            if (number % 8 == 0)
            {
                request.Status = PaymentStatus.Refunded;
                request.CreatedAt += TimeSpan.FromDays(1);
                request.Amount = number;
                await client.CreatePaymentAsync(request, CancellationToken.None);
            }
        }
    }

    private static ServiceProvider Connect(Uri address) => new ServiceCollection()
        .AddPaymentsClient(options =>
        {
            options.BaseAddress = address;
            options.ClientId = "payments-dev";
            options.ClientSecret = "payments-dev-secret";
        })
        .Services.BuildServiceProvider();

    private Process StartConsumer(Uri service)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.GetFullPath(Path.Combine(own.FullName, "..", "..", "EventConsumer", own.Name, "EventConsumer.dll"));
        var start = new ProcessStartInfo("dotnet", [program]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true };
        start.Environment["Payments__BaseAddress"] = service.AbsoluteUri;
        start.Environment["TotalsFile"] = "totals.db";
        var process = Process.Start(start)!;
        // A full pipe would stop it.
        process.BeginOutputReadLine();
        return process;
    }

    private void WaitFor(Func<bool> condition, Process consumer)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.That(consumer.HasExited, Is.False, "The consumer stopped.");
            Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(Patience), $"The consumer stays at position {StoredPosition()}.");
            Thread.Sleep(20);
        }
    }

    private static async Task<long> LastPositionAsync(HttpClient http)
    {
        for (var (position, before) = (0L, -1L); ;)
        {
            if (position == before)
            {
                return position;
            }

            before = position;
            using var page = await http.GetAsync($"api/payments/events?limit=1000&after={position}");
            position = long.Parse(page.Headers.GetValues("Payments-Position").Single(), CultureInfo.InvariantCulture);
        }
    }

    private long StoredPosition()
    {
        try
        {
            return Query("SELECT number FROM position", row => row.GetInt64(0)).Single();
        }
        catch (SqliteException)
        {
            return 0; // It has not created its file or its tables yet.
        }
    }

    private List<string> Totals() => Query(
        "SELECT day, asset, status, payments, amount FROM total WHERE payments <> 0",
        row => string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(column => row.GetString(column))));

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "totals.db")};Mode=ReadWrite;Pooling=False");
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
