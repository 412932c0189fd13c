namespace Payments.Api.Payments;

internal sealed class PaymentProfile : Profile
{
    public PaymentProfile()
    {
        CreateMap<PaymentRequest, CreatePaymentCommand>();
        CreateMap<AdjustmentRequest, AdjustPaymentCommand>()
            .ForMember(command => command.PaymentId, map => map.Ignore())
            .ForMember(command => command.ExpectedVersions, map => map.Ignore());
        // AutoMapper would turn null into an empty collection, but only null means that nobody edited the metadata.
        CreateMap<ExportedPaymentRequest, ImportPaymentCommand>()
            .ForMember(command => command.ReportedMetadata, map => map.AllowNull())
            .ForMember(command => command.EditedMetadataKeys, map => map.AllowNull());
        CreateMap<AdjustmentRequest, AdjustmentReport>();
        CreateMap<PaymentDetails, PaymentData>(MemberList.None);
        CreateMap<Payment, PaymentData>()
            .IncludeMembers(payment => payment.Details)
            .ForMember(data => data.Provider, map => map.MapFrom(payment => payment.ConnectorId.Provider.ContractName))
            .ForMember(data => data.SourceAccountId, map => map.MapFrom(payment => payment.Details.SourceAccountId == null ? "" : payment.Details.SourceAccountId.ToString()))
            .ForMember(data => data.DestinationAccountId, map => map.MapFrom(payment => payment.Details.DestinationAccountId == null ? "" : payment.Details.DestinationAccountId.ToString()))
            .ForMember(data => data.Metadata, map => map.MapFrom(payment => payment.Metadata.ToJson()));
        CreateMap<PaymentAdjustment, PaymentAdjustmentData>();
        MapStored<PaymentData>();
        MapStored<ExportedPayment>();
        CreateMap<StoredAdjustment, PaymentAdjustmentData>()
            .ForMember(data => data.CreatedAt, map => map.MapFrom(adjustment => Instant.OfUtc(adjustment.CreatedAt).ToString()))
            .ForMember(data => data.Amount, map => map.MapFrom(adjustment => Digits(adjustment.Amount)));

        // AutoMapper calls ToString on every other value, which returns the wire text.
        CreateMap<PaymentType, string>().ConvertUsing(type => WireName<PaymentType>.Of(type));
        CreateMap<PaymentStatus, string>().ConvertUsing(status => WireName<PaymentStatus>.Of(status));
        CreateMap<PaymentScheme, string>().ConvertUsing(scheme => WireName<PaymentScheme>.Of(scheme));
    }

    private void MapStored<TData>()
        where TData : PaymentData => CreateMap<StoredPayment, TData>()
            .ForMember(data => data.Provider, map => map.MapFrom(payment => payment.ConnectorId.Provider.ContractName))
            .ForMember(data => data.InitialAmount, map => map.MapFrom(payment => Digits(payment.InitialAmount)))
            .ForMember(data => data.Amount, map => map.MapFrom(payment => Digits(payment.Amount)))
            .ForMember(data => data.CreatedAt, map => map.MapFrom(payment => Instant.OfUtc(payment.CreatedAt).ToString()))
            .ForMember(data => data.SourceAccountId, map => map.MapFrom(payment => payment.SourceAccountId ?? ""))
            .ForMember(data => data.DestinationAccountId, map => map.MapFrom(payment => payment.DestinationAccountId ?? ""));

    private static string Digits(string padded) => padded.TrimStart('0') is { Length: > 0 } digits ? digits : "0";
}
