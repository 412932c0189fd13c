using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Payments.Api.Hosting;
using Payments.Api.Keys;
using Payments.Application.Events;

namespace Payments.Api.Events;

/// <summary>Signed states of the event record: a JWS (RFC 7515) in its compact form, with ES256. Somebody else keeps them, and
/// <c>verify --checkpoint</c> later proves that the record still begins with the same events.</summary>
public sealed class Checkpoints
{
    private const string Algorithm = "ES256";
    private const string Type = "payments-checkpoint+jws";

    private readonly CheckpointKeys _keys;
    private readonly IEventReader _events;
    private readonly TimeProvider _clock;

    internal Checkpoints(CheckpointKeys keys, IEventReader events, TimeProvider clock) => (_keys, _events, _clock) = (keys, events, clock);

    /// <summary>Signs the present state of the record.</summary>
    /// <exception cref="UnavailableException">The database did not respond.</exception>
    public async Task<string> CreateAsync(CancellationToken cancellationToken)
    {
        var record = await _events.FindRecordAsync(cancellationToken);
        var key = _keys.Signing;
        var header = JsonSerializer.SerializeToUtf8Bytes(new { alg = Algorithm, kid = key.KeyId, typ = Type });
        var payload = JsonSerializer.SerializeToUtf8Bytes(new
        {
            store = record.Store,
            epoch = record.Epoch,
            position = record.Position,
            hash = Convert.ToHexStringLower(record.Hash),
            at = new Instant(_clock.GetUtcNow()).ToString(),
        });
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(key.ECDsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <summary>Reads a checkpoint whose signature is valid.</summary>
    /// <returns>The state of the record, and when it was signed.</returns>
    /// <exception cref="InvalidDataException">The text is not a checkpoint, or none of the keys signed it.</exception>
    internal static (EventRecord Record, string At) Read(string text, IReadOnlyList<ECDsaSecurityKey> keys)
    {
        try
        {
            var parts = text.Trim().Split('.');
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            if (parts.Length != 3 || Member(header, "alg") != Algorithm || Member(header, "typ") != Type)
            {
                throw new FormatException();
            }

            var keyId = Member(header, "kid");
            var key = keys.FirstOrDefault(key => key.KeyId == keyId)
                ?? throw new InvalidDataException($"No checkpoint key here has the id {keyId}, which signed the checkpoint. Put its public key into the folder of Events:CheckpointKeyFile.");
            if (!key.ECDsa.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256))
            {
                throw new InvalidDataException("The signature of the checkpoint is not valid, so the checkpoint was changed after it was signed.");
            }

            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            return (
                new(Member(payload, "store"), Member(payload, "epoch"), payload.RootElement.GetProperty("position").GetInt64(), Convert.FromHexString(Member(payload, "hash"))),
                Member(payload, "at"));
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException("The file is not a checkpoint: a JWS as GET /api/payments/events/checkpoint returns it.", e);
        }

        static string Member(JsonDocument json, string name) => json.RootElement.GetProperty(name).GetString() ?? throw new FormatException();
    }
}

/// <summary>The keys that sign checkpoints, with or without an authority of tokens. Retired keys keep verifying, so they are kept as public keys.</summary>
internal sealed class CheckpointKeys(IOptions<CheckpointSettings> settings, TimeProvider clock, ILogger<CheckpointKeys> logger)
    : EcdsaKeys("Events:CheckpointKeyFile", settings.Value.CheckpointKeyFile, "checkpoint", clock, logger);

internal static class CheckpointSetup
{
    public static IServiceCollection AddCheckpoints(this IServiceCollection services)
    {
        services.AddSettings<CheckpointSettings>("Events").PostConfigure<IHostEnvironment>((settings, environment) => settings.Complete(environment));
        return services
            .AddSingleton<CheckpointKeys>()
            .AddSingleton(provider => new Checkpoints(
                provider.GetRequiredService<CheckpointKeys>(), provider.GetRequiredService<IEventReader>(), provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Creates the key if there is none, so that a key that cannot be used stops the start.</summary>
    public static void PrepareCheckpointKeys(this WebApplication app) => app.Services.GetRequiredService<CheckpointKeys>();
}
