using Microsoft.Data.Sqlite;

namespace Payments.Api.Tests.Service;

public sealed class HealthTests
{
    private PaymentsService _service = null!;

    [SetUp]
    public void Start() => _service = new PaymentsService();

    [TearDown]
    public void Stop() => _service.Dispose();

    [Test]
    public async Task Ready_DatabaseAcceptsWrites_Returns200()
    {
        using var ready = await _service.Client.GetAsync("health/ready");
        using var contract = await _service.Client.GetAsync("api/payments/_healthcheck");
        Assert.Multiple(async () =>
        {
            Assert.That((int)ready.StatusCode, Is.EqualTo(200));
            Assert.That((int)contract.StatusCode, Is.EqualTo(200));
            Assert.That(await contract.Content.ReadAsStringAsync(), Is.EqualTo("{\"database\":\"OK\"}"));
        });
    }

    [Test]
    public async Task Ready_ConcurrentRequests_WritesOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _service.Client.GetStringAsync("health/ready")));
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT writes FROM write_probe";
        Assert.That(command.ExecuteScalar(), Is.InRange(1, 5), "one write for each second that the test took");
    }

    [TestCase("BEGIN IMMEDIATE", "The database did not respond within a second.", "ROLLBACK")]
    [TestCase("DROP TABLE write_probe", "The database cannot be used. The log of the service has the error.", "CREATE TABLE write_probe (number INTEGER, writes INTEGER)")]
    public async Task Ready_DatabaseRejectsWrites_Returns503WithReasonThenRecovers(string fault, string reason, string remedy)
    {
        using var connection = Open();
        Run(connection, fault);

        var checking = _service.Client.GetAsync("api/payments/_healthcheck");
        using var notReady = await _service.Client.GetAsync("health/ready");
        var problem = await notReady.JsonAsync();
        using var contract = await checking;
        var states = await contract.JsonAsync();
        using var live = await _service.Client.GetAsync("health/live");
        Assert.Multiple(() =>
        {
            Assert.That(((int)notReady.StatusCode, (string?)problem["errorCode"]), Is.EqualTo((503, "UNAVAILABLE")));
            Assert.That((string?)problem["detail"], Is.EqualTo($"The service is not ready. {reason}"));
            Assert.That(((int)contract.StatusCode, (string?)states["database"]), Is.EqualTo((503, reason)));
            Assert.That((int)live.StatusCode, Is.EqualTo(200));
        });

        Run(connection, remedy);
        Assert.That(async () => (int)(await _service.Client.GetAsync("health/ready")).StatusCode, Is.EqualTo(200).After(20_000, 100));
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={_service.DatabaseFile};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
