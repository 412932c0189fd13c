using System.Numerics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Payments.Client;

namespace Payments.Api.Tests;

/// <summary>The happy paths, called from C#.</summary>
public sealed class ClientTests
{
    private PaymentsService _service = null!;
    private ServiceProvider _services = null!;
    private IPaymentsClient _client = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _service = new PaymentsService();
        _services = new ServiceCollection()
            .AddPaymentsClient(options =>
            {
                options.BaseAddress = _service.Client.BaseAddress!;
                options.ClientId = "payments-dev";
                options.ClientSecret = "payments-dev-secret";
            })
            .Services.BuildServiceProvider();
        _client = _services.GetRequiredService<IPaymentsClient>();
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _services.Dispose();
        _service.Dispose();
    }

    [Test]
    public async Task CreatePayment_AllMembers_ReturnsThemExactly()
    {
        var request = Payment(await InstallAsync());
        request.Amount = BigInteger.Pow(10, 38) - 1;
        request.CreatedAt = new DateTimeOffset(2024, 5, 1, 14, 0, 0, TimeSpan.FromHours(2)).AddTicks(1);
        request.Metadata = new Dictionary<string, string> { ["order"] = "42 ü😀" };
        request.Raw = new Dictionary<string, object> { ["id"] = "ch_1", ["fee"] = JsonDocument.Parse("1.10").RootElement };

        var payment = (await _client.CreatePaymentAsync(request)).Data;

        Assert.Multiple(() =>
        {
            Assert.That(payment.Amount, Is.EqualTo(request.Amount));
            Assert.That(payment.InitialAmount, Is.EqualTo(request.Amount));
            Assert.That(payment.CreatedAt, Is.EqualTo(request.CreatedAt));
            Assert.That(payment.Scheme, Is.EqualTo(PaymentScheme.SepaDebit));
            Assert.That(payment.Provider, Is.EqualTo("STRIPE"));
            Assert.That(payment.Metadata, Is.EqualTo(request.Metadata));
            Assert.That(((JsonElement)payment.Raw["fee"]).GetRawText(), Is.EqualTo("1.10"));
            Assert.That(payment.Adjustments.Single().Status, Is.EqualTo(PaymentStatus.Pending));
        });
    }

    [Test]
    public async Task CreatePayment_PendingToRefunded_RecordsEachAdjustment()
    {
        var request = Payment(await InstallAsync());
        await _client.CreatePaymentAsync(request);
        request.Status = PaymentStatus.Succeeded;
        request.CreatedAt = request.CreatedAt.AddSeconds(1);
        await _client.CreatePaymentAsync(request);
        request.Status = PaymentStatus.Refunded;
        request.CreatedAt = request.CreatedAt.AddSeconds(1);
        request.Amount = 40;
        var payment = (await _client.CreatePaymentAsync(request)).Data;

        Assert.Multiple(() =>
        {
            Assert.That(payment.Amount, Is.EqualTo(new BigInteger(60)));
            Assert.That(
                payment.Adjustments.Select(adjustment => adjustment.Status),
                Is.EqualTo((PaymentStatus[])[PaymentStatus.Refunded, PaymentStatus.Succeeded, PaymentStatus.Pending]));
        });
    }

    [Test]
    public async Task Payment_Created_CanBeReadPatchedAndAdjusted()
    {
        var id = (await _client.CreatePaymentAsync(Payment(await InstallAsync()))).Data.Id;
        await _client.UpdateMetadataAsync(id, new Dictionary<string, string?> { ["invoice"] = "17" });
        await _client.AddAdjustmentAsync(id, new PaymentAdjustmentRequest
        {
            Reference = "refund-001",
            CreatedAt = DateTimeOffset.UtcNow,
            Status = PaymentStatus.Refunded,
            Amount = 15,
        });
        var payment = (await _client.GetPaymentAsync(id)).Data;
        Assert.Multiple(() =>
        {
            Assert.That(payment.Amount, Is.EqualTo(new BigInteger(85)));
            Assert.That(payment.Metadata["invoice"], Is.EqualTo("17"));
            Assert.That(payment.Adjustments[0].Reference, Is.EqualTo("refund-001"));
        });
    }

    [Test]
    public async Task ListAllPayments_Sorted_ReturnsEachPaymentOnceInOrder()
    {
        var connector = await InstallAsync();
        var created = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            created.Add((await _client.CreatePaymentAsync(Payment(connector))).Data.Id);
        }

        var ascending = await _client.ListAllPaymentsAsync(sort: "createdAt:asc").Select(payment => payment.Id).ToListAsync();
        var descending = await _client.ListAllPaymentsAsync().Select(payment => payment.Id).ToListAsync();
        Assert.Multiple(() =>
        {
            Assert.That(ascending, Is.Unique);
            Assert.That(ascending.Where(created.Contains), Is.EqualTo(created));
            Assert.That(descending, Is.EqualTo(ascending.AsEnumerable().Reverse()));
        });
    }

    [TestCase(null, "{")]
    [TestCase("ndjson", "{")]
    [TestCase("csv", "id,")]
    public async Task ExportPayments_EachFormat_ReturnsIt(string? format, string start)
    {
        await _client.CreatePaymentAsync(Payment(await InstallAsync()));
        using var export = await _client.ExportPaymentsAsync(format);
        using var reader = new StreamReader(export.Stream);
        Assert.That(await reader.ReadLineAsync(), Does.StartWith(start));
    }

    [Test]
    public async Task CreatePayment_Conflict_ThrowsTypedProblem()
    {
        var request = Payment(await InstallAsync());
        await _client.CreatePaymentAsync(request);
        request.Amount += 1;
        var conflict = await Assert.ThrowsAsync<PaymentsApiException<Problem>>(() => _client.CreatePaymentAsync(request));
        Assert.Multiple(() =>
        {
            Assert.That(conflict!.StatusCode, Is.EqualTo(409));
            Assert.That(conflict!.Result.ErrorCode, Is.EqualTo("CONFLICT"));
            Assert.That(conflict!.Result.Errors!.Keys, Is.EqualTo((string[])["amount"]));
        });
    }

    [Test]
    public async Task ListConnectors_AfterInstall_ContainsConnector()
    {
        var installed = await InstallAsync();
        Assert.That((await _client.ListConnectorsAsync()).Data.Select(connector => connector.ConnectorID), Does.Contain(installed));
    }

    [Test]
    public async Task Account_Created_CanBeReadAndUsedByPayment()
    {
        var request = new AccountRequest
        {
            Reference = "acc_1",
            ConnectorID = await InstallAsync(),
            CreatedAt = new DateTimeOffset(2024, 5, 1, 14, 0, 0, TimeSpan.FromHours(2)).AddTicks(1),
            Type = AccountType.External,
            AccountName = "Main ü😀",
            DefaultAsset = "USD/2",
            Metadata = new Dictionary<string, string> { ["team"] = "payouts" },
        };
        var id = (await _client.CreateAccountAsync(request)).Data.Id;
        var account = (await _client.GetAccountAsync(id)).Data;
        var payment = Payment(request.ConnectorID);
        payment.SourceAccountID = id;
        Assert.Multiple(async () =>
        {
            Assert.That(account.CreatedAt, Is.EqualTo(request.CreatedAt));
            Assert.That(account.Type, Is.EqualTo(AccountType.External));
            Assert.That((account.AccountName, account.DefaultAsset, account.DefaultCurrency), Is.EqualTo(("Main ü😀", "USD/2", "USD/2")));
            Assert.That(account.Metadata, Is.EqualTo(request.Metadata));
            Assert.That(await _client.ListAllAccountsAsync().Select(listed => listed.Id).ToListAsync(), Does.Contain(id));
            Assert.That(((JsonElement)account.Raw["reference"]).GetString(), Is.EqualTo("acc_1"));
            Assert.That((await _client.CreatePaymentAsync(payment)).Data.SourceAccountID, Is.EqualTo(id));
        });
    }

    [Test]
    public async Task UninstallConnector_Unused_IsNoLongerListed()
    {
        var connector = await InstallAsync();
        await _client.UninstallConnectorAsync("stripe", connector);
        Assert.That((await _client.ListConnectorsAsync()).Data.Select(installed => installed.ConnectorID), Does.Not.Contain(connector));
    }

    [Test]
    public async Task GetServerInfo_NoArguments_ReturnsVersion() => Assert.That((await _client.GetServerInfoAsync()).Version, Is.Not.Empty);

    private static PaymentRequest Payment(string connector) => new()
    {
        Reference = Guid.NewGuid().ToString(),
        ConnectorID = connector,
        CreatedAt = DateTimeOffset.UtcNow,
        Amount = 100,
        Type = PaymentType.PayIn,
        Status = PaymentStatus.Pending,
        Scheme = PaymentScheme.SepaDebit,
        Asset = "USD/2",
    };

    private async Task<string> InstallAsync() =>
        (await _client.InstallConnectorAsync("stripe", new ConnectorRequest { Name = Guid.NewGuid().ToString() })).Data.ConnectorID;
}
