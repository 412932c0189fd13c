using Payments.Application.Inbox;

namespace Payments.Api.Inbox;

internal sealed class InboxProfile : Profile
{
    public InboxProfile() => CreateMap<InboxEntry, InboxEntryData>()
        .ForMember(data => data.EventKey, map => map.MapFrom(entry => entry.Key))
        .ForMember(data => data.ReceivedAt, map => map.MapFrom(entry => entry.ReceivedAt.ToString()))
        .ForMember(data => data.State, map => map.MapFrom(entry => WireName<InboxState>.Of(entry.State)))
        .ForMember(data => data.PaymentId, map => map.MapFrom(entry => entry.Payment == null ? null : entry.Payment.ToString()))
        .ForMember(data => data.Body, map => map.MapFrom(entry => Parse(entry.Body)));

    // As the provider sent it, without the limits of requests.
    private static JsonElement? Parse(string? body)
    {
        if (body is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }
}
