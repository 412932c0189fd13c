using Microsoft.Extensions.Configuration;
using Payments.Api.Hosting;

namespace Payments.Api.Tests.Service;

public sealed class SettingsFileTests
{
    [Test]
    public void CreateBuilder_SettingsFiles_AreNotWatched()
    {
        var files = ServiceHost.CreateBuilder([]).Configuration.Sources.OfType<FileConfigurationSource>().ToList();
        Assert.That(files, Is.Not.Empty);
        Assert.That(files.Where(file => file.ReloadOnChange), Is.Empty, "each write to the database would be an event");
    }
}
