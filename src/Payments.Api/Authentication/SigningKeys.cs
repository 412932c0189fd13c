using Payments.Api.Keys;

namespace Payments.Api.Authentication;

/// <summary>The keys of the built-in token endpoint.</summary>
internal sealed class SigningKeys(IOptions<AuthenticationSettings> settings, TimeProvider clock, ILogger<SigningKeys> logger)
    : EcdsaKeys("Authentication:SigningKeyFile", settings.Value.SigningKeyFile, "signing", clock, logger);
