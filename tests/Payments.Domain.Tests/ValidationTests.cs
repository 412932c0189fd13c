namespace Payments.Domain.Tests;

public sealed class ValidationTests
{
    [TestCase(null)]
    [TestCase("")]
    public void Optional_NullOrEmpty_ReturnsNull(string? text)
    {
        var validation = new Validation();
        Assert.That(validation.Optional<Asset>("asset", text), Is.Null);
        Assert.That(validation.HasErrors, Is.False);
    }

    [TestCase(null, "asset is required")]
    [TestCase("", "asset must be")]
    [TestCase("usd", "asset must be")]
    public void Required_MissingOrInvalidText_NamesRule(string? text, string rule)
    {
        var validation = new Validation();
        validation.Required<Asset>("asset", text);
        var error = Assert.Throws<ValidationException>(validation.ThrowIfInvalid)!.Errors.Single();
        Assert.That($"{error.Field} {error.Rule}", Does.StartWith(rule));
    }

    [Test]
    public void Optional_InvalidText_AddsError()
    {
        var validation = new Validation();
        validation.Optional<Asset>("asset", " ");
        Assert.That(validation.HasErrors, Is.True);
    }
}
