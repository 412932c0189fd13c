using Payments.Application.Accounts;

namespace Payments.Api.Accounts;

internal sealed class AccountProfile : Profile
{
    public AccountProfile()
    {
        CreateMap<AccountRequest, CreateAccountCommand>().ForMember(command => command.Raw, map => map.MapFrom(request => request.Raw));
        CreateMap<Account, AccountData>()
            .ForMember(data => data.Provider, map => map.MapFrom(account => account.ConnectorId.Provider.ContractName))
            .ForMember(data => data.DefaultCurrency, map => map.MapFrom(account => account.DefaultAsset == null ? "" : account.DefaultAsset.Code))
            .ForMember(data => data.DefaultAsset, map => map.MapFrom(account => account.DefaultAsset == null ? "" : account.DefaultAsset.Code))
            .ForMember(data => data.AccountName, map => map.MapFrom(account => account.Name == null ? "" : account.Name.Text))
            .ForMember(data => data.Metadata, map => map.MapFrom(account => account.Metadata.Entries));

        CreateMap<AccountType, string>().ConvertUsing(type => WireName<AccountType>.Of(type));
    }
}
