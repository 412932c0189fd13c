using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Payments.Api.Lists;
using Payments.Domain;

namespace Payments.Api.Tests;

public sealed class ListParametersTests
{
    private static readonly PageRequest Page = new(7, Position: new PagePosition(new Instant(DateTimeOffset.UnixEpoch), 42));

    [Test]
    public void Read_Cursor_ReturnsItsPageAndFilter() =>
        Assert.That(Read($"?cursor={ListCursor.Write("l", Page, "{}")}&pageSize=15"), Is.EqualTo(new ListParameters(Page, "{}")));

    [Test]
    public void Read_FilterParameters_IgnoresThem() =>
        Assert.That(Read("?type=a&type=b&metadata[k]=v&pageSize=3&sort=createdAt:asc"), Is.EqualTo(new ListParameters(new PageRequest(3, Ascending: true), null)));

    [Test]
    public async Task Read_CursorAndFilterParameters_NamesEachParameter()
    {
        var invalid = await Assert.ThrowsAsync<ValidationException>(
            () => Task.FromResult(Read($"?cursor={ListCursor.Write("l", Page)}&type=a&metadata[k]=v&sort=createdAt:asc")));
        Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo((string[])["type", "metadata[k]", "sort"]));
    }

    [Test]
    public async Task Read_FilterInCursorOfUnfilteredList_NamesCursor()
    {
        var validation = new Validation();
        ListParameters.Read("l", Query($"?cursor={ListCursor.Write("l", Page, "{}")}"), validation);
        var invalid = await Assert.ThrowsAsync<ValidationException>(() => Task.Run(validation.ThrowIfInvalid));
        Assert.That(invalid!.Errors.Select(error => error.Field), Is.EqualTo((string[])["cursor"]));
    }

    private static ListParameters Read(string query)
    {
        var validation = new Validation();
        var parameters = ListParameters.Read("l", Query(query), validation, name => name == "type" || name.StartsWith("metadata[", StringComparison.Ordinal) ? name : null);
        validation.ThrowIfInvalid();
        return parameters;
    }

    private static QueryCollection Query(string text) => new(QueryHelpers.ParseQuery(text));
}
