using Payments.Api.Lists;

namespace Payments.Api.Payments.Export;

/// <summary>Reads the parameters of an export, over HTTP and on the command line: the filters and the sort order of the list, and a few that only an export has.</summary>
internal sealed record ExportParameters(
    PaymentFilter Filter, PageRequest FirstPage, PaymentId? After, Instant? AfterCreatedAt, bool IsCsv)
{
    // A page is held in memory while the client reads.
    private const int PageSize = 100;

    public ExportPaymentsQuery ToQuery(Func<StoredPayment, Range> write) => new(new ListPaymentsQuery(Filter, FirstPage, write), After, AfterCreatedAt);

    public static ExportParameters Read(IQueryCollection parameters, bool prefersCsv)
    {
        var validation = new Validation();
        foreach (var name in parameters.Keys)
        {
            validation.AddIf(name is "pageSize" or "cursor", name, "is not a parameter of an export, because an export has no pages");
            validation.AddIf((name is "format" or "after" or "afterCreatedAt") && parameters[name].Count > 1, name, "must be given only once");
        }

        var ofList = parameters.Where(parameter => parameter.Key is not ("pageSize" or "cursor" or "format" or "after" or "afterCreatedAt"));
        var listParameters = new QueryCollection(ofList.ToDictionary());
        var (page, _) = ListParameters.Read("", listParameters, validation, PaymentFilterParameters.Find);
        var (filter, _) = PaymentFilterRequest.Read(listParameters, validation);
        var format = ListParameters.One(parameters["format"]);
        validation.AddIf(format is not (null or "ndjson" or "csv"), "format", "must be ndjson or csv");
        var after = ListParameters.One(parameters["after"]) is { } id ? validation.Required<PaymentId>("after", id) : null;
        Instant? afterCreatedAt = ListParameters.One(parameters["afterCreatedAt"]) is { } time ? validation.Required<Instant>("afterCreatedAt", time) : null;
        validation.AddIf(afterCreatedAt is not null && !parameters.ContainsKey("after"), "afterCreatedAt", "can only be used with after");
        validation.ThrowIfInvalid();
        return new(filter, page with { Size = PageSize }, after, afterCreatedAt, format is null ? prefersCsv : format == "csv");
    }
}
