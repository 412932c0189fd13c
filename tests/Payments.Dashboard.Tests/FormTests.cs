using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Payments.Application.Connectors;
using Payments.Application.Providers;
using Payments.Dashboard.Accounts;
using Payments.Dashboard.Connectors;
using Payments.Dashboard.Forms;
using Payments.Domain;

namespace Payments.Dashboard.Tests;

public sealed class FormTests
{
    private static readonly ConnectorSetting Secret = new(new("webhookSecret", ProviderSettingKind.Secret, IsRequired: true, []), 1, null);
    private static readonly ConnectorSetting Choice = new(new("capture", ProviderSettingKind.Choice, IsRequired: false, ["automatic", "manual"]), 0, "manual");
    private static readonly ConnectorSetting Flag = new(new("findByMerchantReference", ProviderSettingKind.Flag, IsRequired: false, []), 0, null);

    [Test]
    public void Rejects_ValidationException_KeepsErrorsUnderTheirFields()
    {
        var form = new FormInput(("name", "eu"));

        Assert.That(form.Rejects(new ValidationException([new("webhookSecret[1]", "is wrong"), new("settings", "must be a JSON object")])), Is.True);

        Assert.That(form.Status, Is.EqualTo(StatusCodes.Status400BadRequest));
        Assert.That(new Field(form, "webhookSecret", "Secret").Errors, Is.EqualTo((string[])["webhookSecret[1] is wrong."]));
        Assert.That(new Field(form, "webhookSecret", "Secret").DescribedBy, Is.EqualTo("field-webhookSecret-error"));
        Assert.That(new FormErrors(form, "webhookSecret").Others, Is.EqualTo((string[])["settings must be a JSON object."]));
    }

    [Test]
    public void Rejects_Conflict_IsStatus409AndOtherExceptionsAreNotKept()
    {
        var form = new FormInput();

        Assert.That(form.Rejects(new NotFoundException("No")), Is.False);
        Assert.That(form.Rejects(new ConflictException("In use.", [])), Is.True);

        Assert.That((form.Status, form.Message), Is.EqualTo((StatusCodes.Status409Conflict, "In use.")));
    }

    [Test]
    public void Field_Secret_IsNeverFilledIn() =>
        Assert.That(new Field(new FormInput(("webhookSecret", "whsec_MARK")), "webhookSecret", "Secret") { IsSecret = true }.Value, Is.Empty);

    [Test]
    public void Changes_EmptySecret_IsNotNamed() => Assert.That(
        Changes(new FormInput(("webhookSecret", ""), ("capture", "manual"))), Is.EqualTo("""{"capture":"manual","findByMerchantReference":null}"""));

    [Test]
    public void Changes_SeveralSecrets_AreAnArray() => Assert.That(
        Changes(new FormInput(("webhookSecret", new(["a", "", "b"])), ("findByMerchantReference", "true"))),
        Is.EqualTo("""{"webhookSecret":["a","b"],"capture":null,"findByMerchantReference":true}"""));

    [Test]
    public void Changes_RemoveIsChecked_RemovesTheSecret() => Assert.That(
        Changes(new FormInput(("webhookSecret", "a"), ("remove", "webhookSecret"))), Is.EqualTo("""{"webhookSecret":null,"capture":null,"findByMerchantReference":null}"""));

    [Test]
    public void LabelOf_NameOfASetting_IsWords() => Assert.That(
        new[] { "webhookSecret", "hmacKey" }.Select(SettingsForm.LabelOf), Is.EqualTo(new[] { "Webhook secret", "HMAC key" }));

    [Test]
    public void Command_Account_KeepsWhatWasTypedAsRaw()
    {
        var command = AccountForm.Command(new FormInput(("reference", "acc_1"), ("type", "INTERNAL"), ("accountName", ""), ("metadata", "order = A=1\r\n\r\nb="), ("other", "x")));

        Assert.That(command.Raw, Is.EqualTo("""{"reference":"acc_1","type":"INTERNAL","metadata":{"order":"A=1","b":""}}"""));
        Assert.That((command.Reference, command.AccountName, command.Metadata!["order"]), Is.EqualTo(("acc_1", (string?)null, "A=1")));
    }

    [TestCase("order")]
    [TestCase("a=1\na=2")]
    public void Command_MetadataLineIsWrong_ThrowsNamingMetadata(string metadata) => Assert.That(
        () => AccountForm.Command(new FormInput(("metadata", metadata))), Throws.TypeOf<ValidationException>().With.Property("Errors").One.Property("Field").EqualTo("metadata"));

    private static string Changes(FormInput form) => JsonSerializer.Serialize(SettingsForm.Changes(form, [Secret, Choice, Flag]));
}
