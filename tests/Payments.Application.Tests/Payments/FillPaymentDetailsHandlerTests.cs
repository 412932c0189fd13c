using Payments.Application.Payments;
using Payments.Domain;
using Payments.Domain.Payments;

namespace Payments.Application.Tests.Payments;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FillPaymentDetailsHandlerTests
{
    private readonly InMemoryPayments _payments = new() { Stored = Sample.Payment(reference: "ref-001", scheme: PaymentScheme.Unknown, metadata: Sample.Metadata(("order", "7"))) };

    [Test]
    public async Task Handle_UnknownScheme_FillsItWithoutAdjustment()
    {
        var (payment, outcome) = await HandleAsync(PaymentScheme.Visa);
        Assert.Multiple(() =>
        {
            Assert.That(outcome, Is.EqualTo(RecordOutcome.Updated));
            Assert.That(payment.Details.Scheme, Is.EqualTo(PaymentScheme.Visa));
            Assert.That(payment.AdjustmentCount, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Handle_KnownSchemeAndMetadata_KeepsThem()
    {
        await HandleAsync(PaymentScheme.Visa);
        var (payment, outcome) = await HandleAsync(PaymentScheme.Mastercard, ("order", "8"));
        Assert.Multiple(() =>
        {
            Assert.That(outcome, Is.EqualTo(RecordOutcome.Replayed));
            Assert.That(payment.Details.Scheme, Is.EqualTo(PaymentScheme.Visa));
            Assert.That(payment.Metadata, Is.EqualTo(Sample.Metadata(("order", "7"))));
        });
    }

    [Test]
    public async Task Handle_RemovedKey_StaysRemoved()
    {
        _payments.Stored = _payments.Stored!.ChangeMetadata(Sample.Edits(("stripe.charge", "x")))!.ChangeMetadata(Sample.Edits(("stripe.charge", null)));
        var (payment, _) = await HandleAsync(PaymentScheme.Unknown, ("stripe.charge", "ch_1"), ("stripe.livemode", "false"));
        Assert.That(payment.Metadata, Is.EqualTo(Sample.Metadata(("order", "7"), ("stripe.livemode", "false"))));
    }

    [Test]
    public async Task Handle_FullMetadata_AddsNothing()
    {
        var full = Enumerable.Range(0, Metadata.MaxEntries).Select(i => ($"key{i}", "")).ToArray();
        _payments.Stored = Sample.Payment(metadata: Sample.Metadata(full));
        var (payment, outcome) = await HandleAsync(PaymentScheme.Unknown, ("stripe.charge", "ch_1"));
        Assert.Multiple(() =>
        {
            Assert.That(outcome, Is.EqualTo(RecordOutcome.Replayed));
            Assert.That(payment.Metadata.Entries, Has.Count.EqualTo(Metadata.MaxEntries));
        });
    }

    [Test]
    public async Task Handle_UnknownPayment_ThrowsNotFound()
    {
        _payments.Stored = null;
        await Assert.ThrowsAsync<NotFoundException>(() => HandleAsync(PaymentScheme.Visa));
    }

    private Task<RecordedPayment> HandleAsync(PaymentScheme scheme, params (string Key, string Value)[] metadata) =>
        new FillPaymentDetailsHandler(_payments).Handle(
            new(Sample.Value<PaymentId>(Sample.PaymentId), scheme, metadata.ToDictionary(entry => entry.Key, entry => entry.Value)), default);
}
