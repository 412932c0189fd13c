using System.Runtime.CompilerServices;
using AutoMapper;
using Microsoft.Extensions.Logging.Abstractions;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Api.Tests.Payments;

public sealed class MappingTests
{
    // AutoMapper maps a value object to its wire text by calling ToString.
    [Test]
    public void ToString_EveryValueObject_IsWrittenByHand() => Assert.That(
        typeof(PaymentId).Assembly.GetTypes()
            .Where(type => type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IValueObject<>)))
            .Append(typeof(RawJson))
            .Where(type => type.GetMethod("ToString", [])!.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)),
        Is.Empty);

    [Test]
    public void Configuration_AllMaps_EveryMemberHasSource() =>
        new MapperConfiguration(mapping => mapping.AddMaps(typeof(Program).Assembly), NullLoggerFactory.Instance).AssertConfigurationIsValid();
}
