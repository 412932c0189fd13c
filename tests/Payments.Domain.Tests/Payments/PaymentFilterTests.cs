using Payments.Domain.Payments;

namespace Payments.Domain.Tests.Payments;

public sealed class PaymentFilterTests
{
    private static readonly PaymentFilter Filter = Of("acme", "a", "b");
    private static readonly PaymentFilter Same = Of("acme", "a", "b");

    private static readonly PaymentFilter[] Others =
    [
        Of("acme", "a", "c"), // a value
        Of("acme", "a"), // the number of values
        Of("other", "a", "b"), // the key
        new PaymentFilter.Any(((PaymentFilter.All)Filter).Filters), // the operator
        new PaymentFilter.All([new PaymentFilter.OneOf(PaymentField.Scheme, ["a", "b"])]), // the field
    ];

    [Test]
    public void Equals_SameContents_IsTrue() => Assert.Multiple(() =>
    {
        Assert.That(Filter, Is.EqualTo(Same));
        Assert.That(Filter.GetHashCode(), Is.EqualTo(Same.GetHashCode()));
    });

    [TestCaseSource(nameof(Others))]
    public void Equals_OtherContents_IsFalse(PaymentFilter other) => Assert.That(Filter, Is.Not.EqualTo(other));

    private static PaymentFilter.All Of(string key, params string[] values) => new(
    [
        new PaymentFilter.Any([new PaymentFilter.OneOf(PaymentField.Metadata(key), values), new PaymentFilter.HasMetadata("k")]),
        new PaymentFilter.Except(new PaymentFilter.Compared(PaymentField.Amount, Comparison.Less, "1")),
    ]);
}
