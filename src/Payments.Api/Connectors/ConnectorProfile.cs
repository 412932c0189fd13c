namespace Payments.Api.Connectors;

internal sealed class ConnectorProfile : Profile
{
    public ConnectorProfile()
    {
        CreateMap<Connector, ConnectorIdentity>().ForMember(data => data.ConnectorId, map => map.MapFrom(connector => connector.Id));
        CreateMap<Connector, ConnectorData>()
            .ForMember(data => data.ConnectorId, map => map.MapFrom(connector => connector.Id))
            .ForMember(data => data.Provider, map => map.MapFrom(connector => connector.Id.Provider.ContractName))
            .ForMember(data => data.Enabled, map => map.MapFrom(_ => true));
    }
}
