using Payments.Application.Inbox;
using Payments.Application.Payments;
using Payments.Application.Providers;

namespace Payments.Application.Reports;

/// <summary>Imports a provider's report of any length. The results are in the order of the records.</summary>
/// <param name="Format">The name of the format.</param>
/// <param name="ConnectorId">The id of the connector that the payments belong to.</param>
/// <param name="Records">The records of the report.</param>
public sealed record ImportReportCommand(string? Format, string? ConnectorId, IAsyncEnumerable<ReportRecord> Records) : IRequest<IAsyncEnumerable<ImportLineResult>>;

/// <summary>Reads the records with the settings of the connector, and imports the lines.</summary>
/// <remarks>Throws <see cref="ValidationException"/> if no report has the format, or the connector is not an installed one of the report's provider.</remarks>
internal sealed class ImportReportHandler(
    IMediator mediator, IConnectorSettings settings, IEnumerable<IProviderReport> reports, IEnumerable<IProviderWebhooks> providers)
    : IRequestHandler<ImportReportCommand, IAsyncEnumerable<ImportLineResult>>
{
    public async Task<IAsyncEnumerable<ImportLineResult>> Handle(ImportReportCommand request, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var report = reports.FirstOrDefault(known => known.Format == request.Format);
        validation.AddIf(report is null, "format", $"must be one of: {string.Join(", ", reports.Select(known => known.Format))}");
        var connector = validation.Required<ConnectorId>("connectorID", request.ConnectorId);
        validation.ThrowIfInvalid();

        validation.AddIf(connector.Provider != report!.Provider, "connectorID", $"must be the id of a connector of {report.Provider.ContractName}, because the format is {report.Format}");
        var (isInstalled, stored) = await settings.FindSettingsAsync(connector, cancellationToken);
        validation.AddIf(!isInstalled, "connectorID", "no installed connector has this id");
        validation.ThrowIfInvalid();

        var lines = report.ReadAsync(request.Records, providers.Of(report.Provider)?.ReadStored(stored), connector, CancellationToken.None);
        return await mediator.Send(new ImportLinesCommand(lines.Select(line => ToLine(line, connector))), cancellationToken);
    }

    private static ImportLine ToLine(ProviderReportLine line, ConnectorId connector) => line.Outcome switch
    {
        ProviderCommands { Commands: [var command] } => new(line.Number, (command.Command as AdjustmentReport)?.Raw?.Length ?? 0)
        {
            Command = new RecordReportLineCommand(connector, command),
            References = command.References,
        },
        ProviderIgnored ignored => new(line.Number, 0) { SkippedKind = ignored.Reason },
        ProviderFailed failed => new(line.Number, 0, new UnusableLineException(failed.Reason)),
        var other => throw new InvalidOperationException($"{other.GetType().Name} is not the outcome of a line."),
    };
}

/// <summary>Records a line of a report.</summary>
internal sealed record RecordReportLineCommand(ConnectorId Connector, ProviderCommand Command) : IPaymentReport;

/// <summary>Finds the payment of the line and handles its command. If the line's change is recorded already with another time, the line only fills in details.</summary>
/// <remarks>Throws <see cref="NotFoundException"/> if the payment is not recorded, and the exceptions of the command. It calls the handlers without
/// <see cref="IMediator"/>, because <see cref="PaymentMetrics{TReport}"/> counts the line and would also count its command.</remarks>
internal sealed class RecordReportLineHandler(
    IInbox inbox, IPaymentRepository payments, IRequestHandler<CreatePaymentCommand, RecordedPayment> creates,
    IRequestHandler<AdjustPaymentCommand, RecordedPayment> adjusts, IRequestHandler<FillPaymentDetailsCommand, RecordedPayment> fills)
    : IRequestHandler<RecordReportLineCommand, RecordedPayment>
{
    public async Task<RecordedPayment> Handle(RecordReportLineCommand request, CancellationToken cancellationToken)
    {
        var (connector, command) = request;
        var found = await inbox.FindPaymentAsync(connector, command.Payment, cancellationToken);
        if (found is null && command.Payment.Count > 0)
        {
            throw new NotFoundException("The payment of this line is not recorded. Record it, or import the report that contains it. Then import this line again.");
        }

        if (found is not null && command.Asset is { } asset && asset != found.Asset)
        {
            throw new ConflictException($"The line is in {asset} and its payment in {found.Asset}.", []);
        }

        try
        {
            return (found is null ? command.Command : command.For(found.Id)) switch
            {
                CreatePaymentCommand create => await creates.Handle(create, cancellationToken),
                AdjustPaymentCommand adjust => await adjusts.Handle(adjust, cancellationToken),
                FillPaymentDetailsCommand fill => await fills.Handle(fill, cancellationToken),
                var other => throw new InvalidOperationException($"{other.GetType().Name} is not the command of a line."),
            };
        }
        catch (ConflictException e) when (ProviderCommand.SaysNothingNew(e))
        {
            // Webhooks and reports give the same change slightly different times, and only one of them can know the scheme.
            return command.Command is CreatePaymentCommand create
                ? await fills.Handle(new(command.Id(connector)!, WireName<PaymentScheme>.Parse(create.Scheme!), create.Metadata!), cancellationToken)
                : new((await payments.FindAsync(found!.Id, cancellationToken))!, RecordOutcome.Replayed);
        }
    }
}

/// <summary>A line of a report lacks a value, or has one that breaks its rule.</summary>
public sealed class UnusableLineException(string message) : Exception(message);
