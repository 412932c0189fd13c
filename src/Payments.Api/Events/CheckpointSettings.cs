using Payments.Api.Hosting;

namespace Payments.Api.Events;

/// <summary>The settings of checkpoints, under <c>Events</c>.</summary>
internal sealed class CheckpointSettings : ISettings
{
    /// <summary>The private key that signs checkpoints; created at the first start.</summary>
    public string CheckpointKeyFile { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "data/checkpoint-key.pem";

    public void Complete(IHostEnvironment environment) => CheckpointKeyFile = Path.GetFullPath(CheckpointKeyFile, environment.ContentRootPath);

    public IEnumerable<(bool IsWrong, string Error)> Checks(IHostEnvironment environment) => [];
}
