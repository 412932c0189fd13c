namespace Payments.Domain.Tests;

public sealed class MetadataTests
{
    [Test]
    public void From_EntriesAtLimits_HasNoError()
    {
        var entries = Enumerable.Range(0, 49).ToDictionary(i => $"k{i}", _ => "v");
        entries[string.Concat(Enumerable.Repeat("😀", 100))] = string.Concat(Enumerable.Repeat("😀", 1000));
        Assert.That(Errors(entries), Is.Empty);
    }

    [Test]
    public void From_EntriesOverLimit_NamesRule()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Errors(Enumerable.Range(0, 51).ToDictionary(i => $"k{i}", _ => "v")), Is.EqualTo((string[])["metadata must have at most 50 entries; it has 51"]));
            Assert.That(Errors(new() { [""] = "v" }), Is.EqualTo((string[])["metadata must have keys of 1 to 100 characters"]));
            Assert.That(Errors(new() { [new string('k', 101)] = "v" }), Is.EqualTo((string[])["metadata must have keys of 1 to 100 characters"]));
            Assert.That(Errors(new() { ["k"] = new string('v', 1001) }), Is.EqualTo((string[])["metadata.k must be at most 1000 characters"]));
        });
    }

    [Test]
    public void Equals_Entries_IgnoresTheirOrder()
    {
        var one = Metadata.Restore(new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" });
        var other = Metadata.Restore(new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" });
        var less = Metadata.Restore(new Dictionary<string, string> { ["a"] = "1" });
        var changed = Metadata.Restore(new Dictionary<string, string> { ["a"] = "1", ["b"] = "3" });
        Assert.Multiple(() =>
        {
            Assert.That(one, Is.EqualTo(other));
            Assert.That(one.GetHashCode(), Is.EqualTo(other.GetHashCode()));
            Assert.That(one, Is.Not.EqualTo(less));
            Assert.That(one, Is.Not.EqualTo(changed));
        });
    }

    private static string[] Errors(Dictionary<string, string> entries)
    {
        var validation = new Validation();
        Metadata.From(entries, "metadata", validation);
        try
        {
            validation.ThrowIfInvalid();
            return [];
        }
        catch (ValidationException e)
        {
            return [.. e.Errors.Select(error => $"{error.Field} {error.Rule}")];
        }
    }
}
