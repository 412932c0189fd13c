using AutoMapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Payments.Api.Tests.Payments;

public sealed class MappingTests
{
    [Test]
    public void EveryMember_OfEveryMap_HasASource() =>
        new MapperConfiguration(mapping => mapping.AddMaps(typeof(Program).Assembly), NullLoggerFactory.Instance).AssertConfigurationIsValid();
}
