using AutoMapper;
using Payments.Application.Payments;
using Payments.Domain;
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
        CreateMap<AdjustmentRequest, ImportedAdjustment>();
        CreateMap<Payment, PaymentData>()
            .ForMember(data => data.Provider, map => map.MapFrom(payment => payment.ConnectorId.Provider.ContractName))
            .ForMember(data => data.SourceAccountId, map => map.MapFrom(payment => payment.SourceAccountId == null ? "" : payment.SourceAccountId.ToString()))
            .ForMember(data => data.DestinationAccountId, map => map.MapFrom(payment => payment.DestinationAccountId == null ? "" : payment.DestinationAccountId.ToString()))
            .ForMember(data => data.Metadata, map => map.MapFrom(payment => payment.Metadata.Entries));
        CreateMap<Payment, ExportedPayment>()
            .IncludeBase<Payment, PaymentData>()
            .ForMember(data => data.FirstMetadata, map =>
            {
                map.MapFrom(payment => payment.FirstMetadata.Equals(payment.Metadata) ? null : payment.FirstMetadata.Entries);
                map.AllowNull();
            });
        CreateMap<PaymentAdjustment, PaymentAdjustmentData>();

        // AutoMapper writes every other value by its ToString, which is its wire text.
        CreateMap<PaymentType, string>().ConvertUsing(type => WireName<PaymentType>.Of(type));
        CreateMap<PaymentStatus, string>().ConvertUsing(status => WireName<PaymentStatus>.Of(status));
        CreateMap<PaymentScheme, string>().ConvertUsing(scheme => WireName<PaymentScheme>.Of(scheme));
    }
}
