using System.Reflection;
using System.Runtime.CompilerServices;
using Payments.Application.Payments;
using Payments.Domain.Accounts;
using Payments.Domain.Payments;
using Payments.Infrastructure.Schema;

namespace Payments.Api.Tests;

/// <summary>Dependencies point in one direction, and a payment changes only by its own methods.</summary>
public sealed class ArchitectureTests
{
    private static readonly Assembly Domain = typeof(Payment).Assembly;
    private static readonly Assembly Application = typeof(CreatePaymentCommand).Assembly;
    private static readonly Assembly Infrastructure = typeof(DatabaseSchema).Assembly;
    private static readonly Assembly Api = typeof(Program).Assembly;

    [Test]
    public void Domain_References_OnlyBaseLibrary() =>
        Assert.That(References(Domain).Where(name => !name.StartsWith("System.", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void Application_References_OnlyDomainMediatRAndBaseLibrary() =>
        Assert.That(
            References(Application).Where(name => !name.StartsWith("System.", StringComparison.Ordinal)),
            Is.EquivalentTo((string[])["Payments.Domain", "MediatR", "Microsoft.Extensions.DependencyInjection.Abstractions"]));

    [Test]
    public void Infrastructure_References_DoNotIncludeApi() => Assert.That(References(Infrastructure), Does.Not.Contain("Payments.Api"));

    [TestCase("Dapper")]
    [TestCase("Microsoft.Data.SqlClient")]
    [TestCase("Microsoft.Data.Sqlite")]
    public void DatabaseLibrary_EachAssembly_IsReferencedByInfrastructureOnly(string library) =>
        Assert.That(
            ((Assembly[])[Domain, Application, Infrastructure, Api]).Where(assembly => References(assembly).Contains(library)),
            Is.EqualTo((Assembly[])[Infrastructure]));

    [Test]
    public void Domain_Properties_HaveNoPublicSetter() =>
        Assert.That(
            from type in Domain.GetTypes()
            from property in type.GetProperties().Where(property => property.DeclaringType == type)
            where property.SetMethod is { IsPublic: true } setter && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
            select $"{type.Name}.{property.Name}",
            Is.Empty);

    [TestCase(typeof(Payment))]
    [TestCase(typeof(Account))]
    public void Record_PublicFactoryMethods_AreCreateAndRestore(Type record)
    {
        Assert.Multiple(() =>
        {
            Assert.That(record.GetConstructors(), Is.Empty);
            Assert.That(record.IsSealed, Is.True);
            Assert.That(
                record.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == record && method.Name != "CreateCopy").Select(method => method.Name),
                Is.EquivalentTo((string[])["Create", "Restore"]));
        });
    }

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(reference => reference.Name!);
}
