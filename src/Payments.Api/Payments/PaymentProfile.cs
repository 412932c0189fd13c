using AutoMapper;
using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Connectors;
using Payments.Domain.Payments;

namespace Payments.Api.Payments;

/// <summary>How a request becomes a command, and a payment an answer.</summary>
internal sealed class PaymentProfile : Profile
{
    public PaymentProfile()
    {
        CreateMap<PaymentRequest, CreatePaymentCommand>();
        CreateMap<AdjustmentRequest, AdjustPaymentCommand>().ForMember(command => command.PaymentId, map => map.Ignore());
        // None is not the same as empty ones, which a mapper makes of it.
        CreateMap<ExportedPaymentRequest, ImportPaymentCommand>().ForMember(command => command.FirstMetadata, map => map.AllowNull());
        CreateMap<AdjustmentRequest, AdjustmentReport>();
        MapPayment<PaymentData>();
        MapPayment<ExportedPayment>().ForMember(data => data.FirstMetadata, map =>
        {
            map.MapFrom(payment => payment.FirstMetadata.Equals(payment.Metadata) ? null : payment.FirstMetadata.Entries);
            map.AllowNull();
        });
        CreateMap<PaymentAdjustment, PaymentAdjustmentData>();

        CreateMap<PaymentType, string>().ConvertUsing(type => WireName<PaymentType>.Of(type));
        CreateMap<PaymentStatus, string>().ConvertUsing(status => WireName<PaymentStatus>.Of(status));
        CreateMap<PaymentScheme, string>().ConvertUsing(scheme => WireName<PaymentScheme>.Of(scheme));
        CreateMap<PaymentId, string>().ConvertUsing(id => id.ToString());
        CreateMap<ConnectorId, string>().ConvertUsing(id => id.ToString());
        CreateMap<PaymentReference, string>().ConvertUsing(reference => reference.Text);
        CreateMap<Asset, string>().ConvertUsing(asset => asset.Code);
        CreateMap<MinorUnits, string>().ConvertUsing(amount => amount.ToString());
        CreateMap<Instant, string>().ConvertUsing(instant => instant.ToString());
        CreateMap<RawJson, string>().ConvertUsing(raw => raw.Text);
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
