namespace Payments.Api.Payments;

internal sealed class PaymentProfile : Profile
{
    public PaymentProfile()
    {
        CreateMap<PaymentRequest, CreatePaymentCommand>();
        CreateMap<AdjustmentRequest, AdjustPaymentCommand>().ForMember(command => command.PaymentId, map => map.Ignore());
        // AutoMapper would turn null into an empty collection, but only null means that nobody edited the metadata.
        CreateMap<ExportedPaymentRequest, ImportPaymentCommand>()
            .ForMember(command => command.ReportedMetadata, map => map.AllowNull())
            .ForMember(command => command.EditedMetadataKeys, map => map.AllowNull());
        CreateMap<AdjustmentRequest, AdjustmentReport>();
        MapPayment<PaymentData>();
        MapPayment<ExportedPayment>()
            .ForMember(data => data.ReportedMetadata, map =>
            {
                map.MapFrom(payment => payment.ReportedMetadata.Edits.Count == 0 ? null : payment.ReportedMetadata.Reported.Entries);
                map.AllowNull();
            })
            .ForMember(data => data.EditedMetadataKeys, map =>
            {
                map.MapFrom(payment => payment.ReportedMetadata.Edits.Count == 0 ? null : payment.ReportedMetadata.Edits.Keys);
                map.AllowNull();
            });
        CreateMap<PaymentAdjustment, PaymentAdjustmentData>();

        // AutoMapper calls ToString on every other value, which returns the wire text.
        CreateMap<PaymentType, string>().ConvertUsing(type => WireName<PaymentType>.Of(type));
        CreateMap<PaymentStatus, string>().ConvertUsing(status => WireName<PaymentStatus>.Of(status));
        CreateMap<PaymentScheme, string>().ConvertUsing(scheme => WireName<PaymentScheme>.Of(scheme));
    }

    private IMappingExpression<Payment, TData> MapPayment<TData>()
        where TData : PaymentData
    {
        CreateMap<PaymentDetails, TData>(MemberList.None);
        return CreateMap<Payment, TData>()
            .IncludeMembers(payment => payment.Details)
            .ForMember(data => data.Provider, map => map.MapFrom(payment => payment.ConnectorId.Provider.ContractName))
            .ForMember(data => data.SourceAccountId, map => map.MapFrom(payment => payment.Details.SourceAccountId == null ? "" : payment.Details.SourceAccountId.ToString()))
            .ForMember(data => data.DestinationAccountId, map => map.MapFrom(payment => payment.Details.DestinationAccountId == null ? "" : payment.Details.DestinationAccountId.ToString()))
            .ForMember(data => data.Metadata, map => map.MapFrom(payment => payment.Metadata.Entries));
    }
}
