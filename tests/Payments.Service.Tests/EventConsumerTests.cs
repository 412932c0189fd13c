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
            WaitFor(() => StoredPosition() != stored, consumer);
            await Task.Delay(Random.Shared.Next(300));
            consumer.Kill();
            await consumer.WaitForExitAsync();
        }

        await done.CancelAsync();
        await Task.WhenAll(writers);
        await CatchUpAsync(http);
        var expected = await TotalsOfPaymentsAsync(client);
        Assert.That(expected.Sum(total => total.Payments), Is.GreaterThan(100));
        Assert.That(Totals(), Is.EquivalentTo(expected));
    }

    [Test]
    public async Task Consumer_OtherRecord_CountsAllOfItAgain()
    {
        for (var record = 1; record <= 2; record++)
        {
            using var service = new ServiceProcess(_folder.Path, []);
            using var http = await service.ReadyAsync();
            var connector = await http.InstallConnectorAsync();
            for (var number = 0; number < record * 3; number++)
            {
                using var created = await http.PostJsonAsync("payments", Request.Payment(connector, ("reference", $"\"{record}-{number}\"")));
                Assert.That(created.IsSuccessStatusCode);
            }

            await CatchUpAsync(http);

            await using var provider = Connect(http.BaseAddress!);
            Assert.That(Totals(), Is.EquivalentTo(await TotalsOfPaymentsAsync(provider.GetRequiredService<IPaymentsClient>())));
            service.Kill();
            Directory.Delete(Path.Combine(_folder.Path, "data"), recursive: true);
        }
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

    // Runs the consumer until it has stored the last position.
    private async Task CatchUpAsync(HttpClient http)
    {
        EventPosition last = default, before;
        do
        {
            before = last;
            using var page = await http.GetAsync($"api/payments/events?limit=1000&after={last.Number}");
            var number = page.Headers.GetValues("Payments-Position").Single();
            last = new EventPosition(page.Headers.GetValues("Payments-Epoch").Single(), long.Parse(number, CultureInfo.InvariantCulture));
        }
        while (last != before);

        using var consumer = StartConsumer(http.BaseAddress!);
        WaitFor(() => StoredPosition() == last, consumer);
        consumer.Kill();
        await consumer.WaitForExitAsync();
    }

    private EventPosition StoredPosition()
    {
        try
        {
            return Query("SELECT epoch, number FROM position", row => new EventPosition(row.IsDBNull(0) ? null : row.GetString(0), row.GetInt64(1))).SingleOrDefault();
        }
        catch (SqliteException)
        {
            return default; // It has not created its file or its tables yet. After that, its row is missing for a moment.
        }
    }

    private List<(string Key, int Payments, BigInteger Amount)> Totals() => Query(
        "SELECT day || ' ' || asset || ' ' || status, payments, amount FROM total WHERE payments <> 0",
        row => (row.GetString(0), row.GetInt32(1), BigInteger.Parse(row.GetString(2), CultureInfo.InvariantCulture)));

    private static async Task<List<(string Key, int Payments, BigInteger Amount)>> TotalsOfPaymentsAsync(IPaymentsClient client) =>
        (await client.ListAllPaymentsAsync().ToListAsync())
            .GroupBy(payment => $"{payment.CreatedAt.UtcDateTime:yyyy-MM-dd} {payment.Asset} {payment.Status}")
            .Select(total => (total.Key, total.Count(), total.Aggregate(BigInteger.Zero, (sum, payment) => sum + payment.Amount)))
            .ToList();

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
