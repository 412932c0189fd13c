using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Payments.Api.Events;
using Payments.Api.Keys;
using Payments.Application.Events;

namespace Payments.Api.Tests.Events;

public sealed class CheckpointTests
{
    private const string Address = "api/payments/events/checkpoint";

    private PaymentsService _service = null!;

    private string KeyFile => Path.Combine(Path.GetDirectoryName(_service.DatabaseFile)!, "checkpoint-key.pem");

    [SetUp]
    public async Task StartAsync()
    {
        _service = await new PaymentsService().AuthorizedAsync();
        await _service.InstallAsync();
    }

    [TearDown]
    public void Stop() => _service.Dispose();

    // Another implementation of JWS reads it, with the public key alone.
    [Test]
    public async Task GetCheckpoint_AnotherVerifier_AcceptsSignatureAndState()
    {
        using var response = await _service.Client.GetAsync(Address);
        Assert.That(response.Content.Headers.ContentType?.ToString(), Is.EqualTo("application/jose"));
        var text = await response.Content.ReadAsStringAsync();
        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(KeyFile));
        using var publicKey = ECDsa.Create(key.ExportParameters(includePrivateParameters: false));
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(text, new TokenValidationParameters
        {
            IssuerSigningKey = new ECDsaSecurityKey(publicKey),
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidTypes = ["payments-checkpoint+jws"],
            ValidateAudience = false,
            ValidateIssuer = false,
            ValidateLifetime = false,
        });
        Assert.That(result.IsValid, Is.True, () => $"{result.Exception}");
        var record = await _service.Services.GetRequiredService<IEventReader>().FindRecordAsync(default);
        var payload = JsonNode.Parse(Base64Url.DecodeFromChars(text.Split('.')[1]))!.AsObject();
        Assert.That(payload.Select(member => member.Key), Is.EqualTo((string[])["store", "epoch", "position", "hash", "at"]));
        Assert.That(
            ((string?)payload["store"], (string?)payload["epoch"], (long?)payload["position"], (string?)payload["hash"]),
            Is.EqualTo((record.Store, record.Epoch, record.Position, Convert.ToHexStringLower(record.Hash))));
    }

    [TestCase("payments:read", 200)]
    [TestCase("payments:write", 403)]
    [TestCase(null, 401)]
    public async Task GetCheckpoint_Scope_IsRequired(string? scope, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address);
        request.Headers.Authorization = scope is null ? null : new AuthenticationHeaderValue("Bearer", await _service.TokenAsync(scope));
        using var client = new HttpClient { BaseAddress = _service.Client.BaseAddress };
        using var response = await client.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task Read_KeyRetired_VerifiesWithItsPublicKeyOnly()
    {
        var text = await _service.Client.GetStringAsync(Address);
        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(KeyFile));
        File.Delete(KeyFile);
        Assert.That(() => Checkpoints.Read(text, EcdsaKeys.ReadAccepted(KeyFile)), Throws.TypeOf<InvalidDataException>().With.Message.Contains("No checkpoint key"));

        await File.WriteAllTextAsync(Path.ChangeExtension(KeyFile, "2026.pem"), key.ExportSubjectPublicKeyInfoPem());
        Assert.That(Checkpoints.Read($"{text}\n", EcdsaKeys.ReadAccepted(KeyFile)).Record.Position, Is.EqualTo(2));
    }

    [Test]
    public async Task Read_PayloadChanged_Throws()
    {
        var parts = (await _service.Client.GetStringAsync(Address)).Split('.');
        var payload = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).Replace("\"position\":2", "\"position\":1", StringComparison.Ordinal);
        var changed = $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.{parts[2]}";
        Assert.That(changed, Is.Not.EqualTo(string.Join('.', parts)));
        Assert.That(() => Checkpoints.Read(changed, EcdsaKeys.ReadAccepted(KeyFile)), Throws.TypeOf<InvalidDataException>().With.Message.Contains("signature"));
    }

    [TestCase("")]
    [TestCase("a.b.c")]
    [TestCase("e30.e30.e30")]
    [TestCase("{\"position\":1}")]
    public void Read_NotACheckpoint_Throws(string text) =>
        Assert.That(() => Checkpoints.Read(text, EcdsaKeys.ReadAccepted(KeyFile)), Throws.TypeOf<InvalidDataException>().With.Message.Contains("not a checkpoint"));
}
