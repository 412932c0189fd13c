using Payments.Api.Lists;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Payments.Export;

/// <summary>What an export is asked for: by the parameters of the list and a few of its own, over HTTP and on the command line alike.</summary>
internal static class ExportParameters
{
    // A payment can have raws of hundreds of KiB, and a page is held while its reader takes its time.
    private const int PageSize = 100;

    public static (ExportPaymentsQuery Query, bool IsCsv) Read(IQueryCollection parameters)
    {
        var validation = new Validation();
        foreach (var name in (string[])["pageSize", "cursor"])
        {
            if (parameters.ContainsKey(name))
            {
                validation.Add(name, "is not a parameter of an export, which has no pages");
            }
        }

        var ofTheList = new QueryCollection(parameters.Where(one => one.Key is not ("pageSize" or "cursor" or "format" or "after")).ToDictionary());
        var (page, _) = ListParameters.Read("", ofTheList, validation, PaymentFilterParameters.Has);
        var (filter, _) = PaymentFilterParameters.Read(ofTheList, validation);
        foreach (var name in ((string[])["format", "after"]).Where(name => parameters[name].Count > 1))
        {
            validation.Add(name, "must be given once");
        }

        string? format = parameters["format"];
        if (format is not (null or "ndjson" or "csv"))
        {
            validation.Add("format", "must be ndjson or csv");
        }

        var after = parameters.ContainsKey("after") ? validation.Required<PaymentId>("after", parameters["after"].ToString()) : null;
        validation.ThrowIfInvalid();
        return (new(new ListPaymentsQuery(filter, page with { Size = PageSize }), after), format == "csv");
    }
}
