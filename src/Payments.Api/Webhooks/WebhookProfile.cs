using Payments.Application.Webhooks;

namespace Payments.Api.Webhooks;

internal sealed class WebhookProfile : Profile
{
    public WebhookProfile()
    {
        CreateMap<WebhookRequest, CreateWebhookCommand>().ForCtorParam("IsOrdered", map => map.MapFrom(request => request.Ordered == true));
        CreateMap<WebhookEndpoint, WebhookData>()
            .ForMember(data => data.Url, map => map.MapFrom(endpoint => endpoint.Settings.Url.Text))
            .ForMember(data => data.Types, map => map.MapFrom(endpoint => endpoint.Settings.Types))
            .ForMember(data => data.Description, map => map.MapFrom(endpoint => endpoint.Settings.Description == null ? "" : endpoint.Settings.Description.Text))
            .ForMember(data => data.Ordered, map => map.MapFrom(endpoint => endpoint.Settings.IsOrdered))
            .ForMember(data => data.State, map => map.MapFrom(endpoint => WireName<WebhookState>.Of(endpoint.State)))
            .ForMember(data => data.DisabledReason, map => map.MapFrom(endpoint => endpoint.DisabledReason == null ? null : WireName<DisabledReason>.Of(endpoint.DisabledReason.Value)))
            .ForMember(data => data.Secret, map => map.Ignore())
            .ForMember(data => data.SecretLastFour, map => map.MapFrom(endpoint => endpoint.Secrets.LastFour))
            .ForMember(data => data.PreviousSecretExpiresAt, map => map.Ignore());
        CreateMap<WebhookDelivery, DeliveryData>().ForMember(data => data.State, map => map.MapFrom(delivery => WireName<DeliveryState>.Of(delivery.State)));
        CreateMap<WebhookAttempt, DeliveryAttempt>().ForMember(data => data.DurationMs, map => map.MapFrom(attempt => (long)attempt.Duration.TotalMilliseconds));
    }
}
